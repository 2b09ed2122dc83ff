// Work on the images of a batch, shared between threads.
//
// Every image is one piece of work, whoever does it, and what is summed over a batch is summed from one part an image,
// in their order: results depend neither on the number of threads nor on which was faster.
#pragma once

#include <cstddef>
#include <functional>

namespace nascent {

// As many threads as TensorFlow uses inside an op; each has an index below this.
int Threads();

// Calls `work(piece, thread)` for every piece; returns when all are done. One call at a time runs on several threads.
void Parallel(int pieces, const std::function<void(int piece, int thread)> &work);

// The same for pieces that follow each other in memory, from the first to the last and, in the next call, from the last to the
// first: what was touched last, maybe by another op, is still near.
void BackAndForth(int pieces, const std::function<void(int piece, int thread)> &work);

// Memory of a thread, kept from call to call; what is in it is left over from others. Aligned to a cache line.
float *Scratch(int thread, size_t floats);

}  // namespace nascent
