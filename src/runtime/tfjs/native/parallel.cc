#include "parallel.h"

#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <vector>

namespace nascent {
namespace {

int CountThreads() {
  const char *wanted = std::getenv("TF_NUM_INTRAOP_THREADS");
  const int given = wanted == nullptr ? 0 : std::atoi(wanted);
  const int available = static_cast<int>(std::thread::hardware_concurrency());
  const int count = given > 0 ? given : available;
  return count < 1 ? 1 : count > 256 ? 256 : count;
}

// Threads that wait for work for as long as the process lives: they are never joined, so that it may end at any time.
class Pool {
 public:
  Pool() {
    for (int thread = 1; thread < Threads(); thread++) {
      std::thread([this, thread] { Serve(thread); }).detach();
    }
  }

  void Run(int pieces, const std::function<void(int, int)> &work) {
    {
      std::lock_guard<std::mutex> guard(lock_);
      work_ = &work;
      pieces_ = pieces;
      next_ = 0;
      busy_ = Threads() - 1;
      round_++;
    }
    wake_.notify_all();
    Take(0);
    if (Soon([this] { return busy_ == 0; })) return;
    std::unique_lock<std::mutex> guard(lock_);
    done_.wait(guard, [this] { return busy_ == 0; });
  }

 private:
  // Asks again and again for about as long as it takes to sleep and be woken: the next work often comes within that.
  template <typename Asked>
  static bool Soon(const Asked &asked) {
    constexpr int kTimes = 2000;
    for (int i = 0; i < kTimes; i++) {
      if (asked()) return true;
#ifdef __x86_64__
      __builtin_ia32_pause();
#endif
    }
    return false;
  }

  void Take(int thread) {
    for (int piece = next_++; piece < pieces_; piece = next_++) (*work_)(piece, thread);
  }

  void Serve(int thread) {
    for (long seen = 0;;) {
      if (!Soon([this, seen] { return round_ != seen; })) {
        std::unique_lock<std::mutex> guard(lock_);
        wake_.wait(guard, [this, seen] { return round_ != seen; });
      }
      seen = round_;
      Take(thread);
      std::lock_guard<std::mutex> guard(lock_);
      if (--busy_ == 0) done_.notify_one();
    }
  }

  std::mutex lock_;
  std::condition_variable wake_, done_;
  const std::function<void(int, int)> *work_ = nullptr;
  int pieces_ = 0;
  std::atomic<int> next_{0}, busy_{0};
  std::atomic<long> round_{0};
};

}  // namespace

int Threads() {
  static const int count = CountThreads();
  return count;
}

void Parallel(int pieces, const std::function<void(int, int)> &work) {
  // Ops may be called from several threads of TensorFlow's; they take turns, since scratch memory is by thread.
  static std::mutex turn;
  std::lock_guard<std::mutex> guard(turn);
  if (pieces < 2 || Threads() < 2) {
    for (int piece = 0; piece < pieces; piece++) work(piece, 0);
    return;
  }
  static Pool *pool = new Pool();
  pool->Run(pieces, work);
}

void BackAndForth(int pieces, const std::function<void(int, int)> &work) {
  static std::atomic<unsigned> calls{0};
  if (calls++ % 2 == 0) return Parallel(pieces, work);
  Parallel(pieces, [&](int piece, int thread) { work(pieces - 1 - piece, thread); });
}

float *Scratch(int thread, size_t floats) {
  struct Memory {
    float *data = nullptr;
    size_t size = 0;
  };
  static std::vector<Memory> *all = new std::vector<Memory>(Threads());
  Memory &mine = (*all)[thread];
  if (mine.size < floats) {
    std::free(mine.data);
    const size_t bytes = (floats * sizeof(float) + 63) / 64 * 64;
    mine.data = static_cast<float *>(std::aligned_alloc(64, bytes));
    if (mine.data == nullptr) std::abort();
    mine.size = floats;
  }
  return mine.data;
}

}  // namespace nascent
