// Many small ops in one launch: a list of instructions on vectors, which the first input tells. `tensorflow/small.ts`
// writes it, and says how it is laid out.
#include <cmath>
#include <cstring>
#include <memory>
#include <vector>

#include "tensorflow.h"
#include "total.h"

namespace nascent {
namespace {

enum Instruction { kCopy, kAdd, kSubtract, kMultiply, kDivide, kRoot, kNegate, kSum, kTotal, kDot };

struct Vector {
  float *data;
  int size;
};

// y[i] = f(a[i], b[i]); a vector of one number stands for as many as are needed.
template <typename F>
void Each(const Vector &y, const Vector &a, const Vector &b, F f) {
  float *out = y.data;
  if (a.size == y.size && b.size == y.size) {
    for (int i = 0; i < y.size; i++) out[i] = f(a.data[i], b.data[i]);
  } else if (a.size == y.size) {
    const float right = *b.data;
    for (int i = 0; i < y.size; i++) out[i] = f(a.data[i], right);
  } else {
    const float left = *a.data;
    for (int i = 0; i < y.size; i++) out[i] = f(left, b.data[b.size == 1 ? 0 : i]);
  }
}

// What is to be done, read once from front to back.
class Reader {
 public:
  Reader(const int32_t *at, int64_t size) : at_(at), end_(at + size) {}
  int next() { return at_ < end_ ? *at_++ : 0; }
  float number() {
    const int32_t bits = next();
    float value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
  }
  bool more() const { return at_ < end_; }

 private:
  const int32_t *at_, *end_;
};

class Small {
 public:
  explicit Small(const Attributes &attributes) : inputs_(attributes.integer("count")), outputs_(attributes.integer("made")) {}

  void run(Call &call) const {
    const Tensor program = call.input(0);
    if (!call.ok()) return;
    Reader reader(reinterpret_cast<const int32_t *>(program.data), program.shape.at(0));

    // Vectors are numbered: inputs, numbers in the program, outputs, and what lies in between.
    std::vector<Vector> vectors;
    for (int i = 0; i < inputs_; i++) {
      const Tensor x = call.input(1 + i);
      if (!call.ok()) return;
      int64_t size = 1;
      for (int64_t extent : x.shape) size *= extent;
      // Never written: an instruction's result is an output, or lies in between.
      vectors.push_back({const_cast<float *>(x.data), static_cast<int>(size)});
    }
    std::vector<float> numbers(reader.next());
    for (float &number : numbers) {
      number = reader.number();
      vectors.push_back({&number, 1});
    }
    for (int i = 0; i < outputs_; i++) {
      std::vector<int64_t> shape(reader.next());
      int64_t size = 1;
      for (int64_t &extent : shape) size *= extent = reader.next();
      vectors.push_back({call.output(i, shape.data(), static_cast<int>(shape.size())), static_cast<int>(size)});
      if (!call.ok()) return;
    }
    const std::unique_ptr<float[]> between(new float[reader.next()]);
    for (int left = reader.next(); left > 0; left--) {
      float *start = between.get() + reader.next();
      vectors.push_back({start, reader.next()});
    }
    while (reader.more()) step(reader, vectors);
  }

 private:
  static void step(Reader &reader, const std::vector<Vector> &vectors) {
    const int instruction = reader.next();
    const Vector y = vectors[reader.next()];
    const int count = reader.next();
    const Vector a = vectors[reader.next()];
    const Vector b = count > 1 ? vectors[reader.next()] : a;
    switch (instruction) {
      case kCopy: return Each(y, a, a, [](float x, float) { return x; });
      case kAdd: return Each(y, a, b, [](float x, float z) { return x + z; });
      case kSubtract: return Each(y, a, b, [](float x, float z) { return x - z; });
      case kMultiply: return Each(y, a, b, [](float x, float z) { return x * z; });
      case kDivide: return Each(y, a, b, [](float x, float z) { return x / z; });
      case kRoot: return Each(y, a, a, [](float x, float) { return std::sqrt(x); });
      case kNegate: return Each(y, a, a, [](float x, float) { return -x; });
      case kSum:
        Each(y, a, b, [](float x, float z) { return x + z; });
        for (int i = 2; i < count; i++) Each(y, y, vectors[reader.next()], [](float x, float z) { return x + z; });
        return;
      case kTotal:
        *y.data = static_cast<float>(Total(a.size, [&](int i) { return static_cast<double>(a.data[i]); }));
        return;
      case kDot:
        *y.data = static_cast<float>(Total(a.size, [&](int i) { return static_cast<double>(a.data[i]) * b.data[i]; }));
        return;
    }
  }

  int inputs_, outputs_;
};

const Registered<Small> small("NascentSmall", {"program: int32", "inputs: count * float"}, {"outputs: made * float"},
                              {"count: int >= 0", "made: int >= 1"});

}  // namespace
}  // namespace nascent
