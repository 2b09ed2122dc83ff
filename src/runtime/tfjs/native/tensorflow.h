// An op of ours as TensorFlow sees it, by its C API alone: attributes, inputs, outputs, and how it is registered.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

// The part of TensorFlow's C API that is used (tensorflow/c/{kernels,ops,tf_status,tf_tensor}.h): its wheel lacks a header
// that those include.
extern "C" {
struct TF_Status;
struct TF_Tensor;
struct TF_OpDefinitionBuilder;
struct TF_ShapeInferenceContext;
struct TF_KernelBuilder;
struct TF_OpKernelConstruction;
struct TF_OpKernelContext;
enum { TF_OK = 0, TF_INVALID_ARGUMENT = 3 };
enum { TF_FLOAT = 1 };
struct TF_AllocatorAttributes {
  size_t struct_size;
  unsigned char on_host;
};

TF_Status *TF_NewStatus(void);
void TF_DeleteStatus(TF_Status *);
void TF_SetStatus(TF_Status *, int code, const char *message);
int TF_GetCode(const TF_Status *);

void TF_DeleteTensor(TF_Tensor *);
int TF_NumDims(const TF_Tensor *);
int64_t TF_Dim(const TF_Tensor *, int axis);
void *TF_TensorData(const TF_Tensor *);

TF_OpDefinitionBuilder *TF_NewOpDefinitionBuilder(const char *name);
void TF_OpDefinitionBuilderAddInput(TF_OpDefinitionBuilder *, const char *spec);
void TF_OpDefinitionBuilderAddOutput(TF_OpDefinitionBuilder *, const char *spec);
void TF_OpDefinitionBuilderAddAttr(TF_OpDefinitionBuilder *, const char *spec);
void TF_OpDefinitionBuilderSetShapeInferenceFunction(TF_OpDefinitionBuilder *,
                                                     void (*)(TF_ShapeInferenceContext *, TF_Status *));
void TF_ShapeInferenceContextSetUnknownShape(TF_ShapeInferenceContext *, TF_Status *);
void TF_RegisterOpDefinition(TF_OpDefinitionBuilder *, TF_Status *);

TF_KernelBuilder *TF_NewKernelBuilder(const char *op, const char *device, void *(*create)(TF_OpKernelConstruction *),
                                      void (*compute)(void *, TF_OpKernelContext *), void (*remove)(void *));
void TF_RegisterKernelBuilder(const char *name, TF_KernelBuilder *, TF_Status *);

void TF_OpKernelConstruction_GetAttrSize(TF_OpKernelConstruction *, const char *name, int32_t *list_size,
                                         int32_t *total_size, TF_Status *);
void TF_OpKernelConstruction_GetAttrInt32List(TF_OpKernelConstruction *, const char *name, int32_t *values, int count,
                                              TF_Status *);
void TF_OpKernelConstruction_GetAttrInt32(TF_OpKernelConstruction *, const char *name, int32_t *value, TF_Status *);
void TF_OpKernelConstruction_GetAttrFloat(TF_OpKernelConstruction *, const char *name, float *value, TF_Status *);
void TF_OpKernelConstruction_GetAttrBool(TF_OpKernelConstruction *, const char *name, unsigned char *value, TF_Status *);
void TF_OpKernelConstruction_Failure(TF_OpKernelConstruction *, TF_Status *);

int TF_NumInputs(TF_OpKernelContext *);
void TF_GetInput(TF_OpKernelContext *, int index, TF_Tensor **, TF_Status *);
TF_Tensor *TF_AllocateOutput(TF_OpKernelContext *, int index, int dtype, const int64_t *shape, int rank, size_t bytes,
                             TF_Status *);
TF_Tensor *TF_AllocateTemp(TF_OpKernelContext *, int dtype, const int64_t *shape, int rank, TF_AllocatorAttributes *,
                           TF_Status *);
void TF_SetOutput(TF_OpKernelContext *, int index, const TF_Tensor *, TF_Status *);
void TF_OpKernelContext_Failure(TF_OpKernelContext *, TF_Status *);
}

namespace nascent {

class Status {
 public:
  Status() : status_(TF_NewStatus()) {}
  ~Status() { TF_DeleteStatus(status_); }
  Status(const Status &) = delete;
  Status &operator=(const Status &) = delete;
  operator TF_Status *() const { return status_; }
  bool ok() const { return TF_GetCode(status_) == TF_OK; }

 private:
  TF_Status *status_;
};

// What an op was made with. A mistake is TensorFlow's to tell, when the op is made.
class Attributes {
 public:
  explicit Attributes(TF_OpKernelConstruction *construction) : construction_(construction) {}

  std::vector<int> ints(const char *name) const {
    Status status;
    int32_t list_size = 0, total_size = 0;
    TF_OpKernelConstruction_GetAttrSize(construction_, name, &list_size, &total_size, status);
    std::vector<int32_t> values(list_size > 0 ? list_size : 0);
    if (status.ok()) TF_OpKernelConstruction_GetAttrInt32List(construction_, name, values.data(), list_size, status);
    expect(status);
    return std::vector<int>(values.begin(), values.end());
  }

  int integer(const char *name) const {
    Status status;
    int32_t value = 0;
    TF_OpKernelConstruction_GetAttrInt32(construction_, name, &value, status);
    expect(status);
    return value;
  }

  float number(const char *name) const {
    Status status;
    float value = 0;
    TF_OpKernelConstruction_GetAttrFloat(construction_, name, &value, status);
    expect(status);
    return value;
  }

  bool flag(const char *name) const {
    Status status;
    unsigned char value = 0;
    TF_OpKernelConstruction_GetAttrBool(construction_, name, &value, status);
    expect(status);
    return value != 0;
  }

 private:
  void expect(const Status &status) const {
    if (!status.ok()) TF_OpKernelConstruction_Failure(construction_, status);
  }

  TF_OpKernelConstruction *construction_;
};

struct Tensor {
  const float *data;
  std::vector<int64_t> shape;
  int at(size_t axis) const { return axis < shape.size() ? static_cast<int>(shape[axis]) : 1; }
};

// One call of an op.
class Call {
 public:
  explicit Call(TF_OpKernelContext *context) : context_(context) {}
  ~Call() {
    for (TF_Tensor *tensor : held_) TF_DeleteTensor(tensor);
  }
  Call(const Call &) = delete;
  Call &operator=(const Call &) = delete;

  int inputs() const { return TF_NumInputs(context_); }

  Tensor input(int index) {
    Status status;
    TF_Tensor *tensor = nullptr;
    TF_GetInput(context_, index, &tensor, status);
    if (!status.ok()) return fail(status);
    held_.push_back(tensor);
    Tensor result{static_cast<const float *>(TF_TensorData(tensor)), {}};
    for (int axis = 0; axis < TF_NumDims(tensor); axis++) result.shape.push_back(TF_Dim(tensor, axis));
    return result;
  }

  // Memory for this call alone, from where tensors come from: of a size that the system gives anew each time, every page of
  // it would be cleared first. None, for no numbers.
  float *temporary(size_t floats) {
    if (floats == 0 || !ok_) return nullptr;
    Status status;
    const int64_t size = static_cast<int64_t>(floats);
    TF_AllocatorAttributes where{offsetof(TF_AllocatorAttributes, on_host) + 1, 1};
    TF_Tensor *tensor = TF_AllocateTemp(context_, TF_FLOAT, &size, 1, &where, status);
    if (!status.ok()) {
      fail(status);
      return nullptr;
    }
    held_.push_back(tensor);
    return static_cast<float *>(TF_TensorData(tensor));
  }

  // An output in the memory of an input, which the caller of the op must not read afterwards, nor anybody else.
  float *into(int index, int input) {
    Status status;
    TF_Tensor *tensor = nullptr;
    TF_GetInput(context_, input, &tensor, status);
    if (status.ok()) {
      held_.push_back(tensor);
      TF_SetOutput(context_, index, tensor, status);
    }
    if (!status.ok()) {
      fail(status);
      return nullptr;
    }
    return static_cast<float *>(TF_TensorData(tensor));
  }

  float *output(int index, std::initializer_list<int64_t> shape) {
    return output(index, shape.begin(), static_cast<int>(shape.size()));
  }

  float *output(int index, const int64_t *shape, int rank) {
    Status status;
    size_t bytes = sizeof(float);
    for (int axis = 0; axis < rank; axis++) bytes *= static_cast<size_t>(shape[axis]);
    TF_Tensor *tensor = TF_AllocateOutput(context_, index, TF_FLOAT, shape, rank, bytes, status);
    if (!status.ok()) {
      fail(status);
      return nullptr;
    }
    held_.push_back(tensor);
    return static_cast<float *>(TF_TensorData(tensor));
  }

  // Ends the call with a reason; false, so that a check reads `if (!call.require(...)) return;`.
  bool require(bool condition, const char *reason) {
    if (condition && ok_) return true;
    if (ok_) {
      Status status;
      TF_SetStatus(status, TF_INVALID_ARGUMENT, reason);
      fail(status);
    }
    return false;
  }

  bool ok() const { return ok_; }

 private:
  Tensor fail(const Status &status) {
    if (ok_) TF_OpKernelContext_Failure(context_, status);
    ok_ = false;
    return Tensor{nullptr, {}};
  }

  TF_OpKernelContext *context_;
  std::vector<TF_Tensor *> held_;
  bool ok_ = true;
};

using Specs = std::initializer_list<const char *>;

inline void UnknownShapes(TF_ShapeInferenceContext *context, TF_Status *status) {
  TF_ShapeInferenceContextSetUnknownShape(context, status);
}

// A static of this type registers `Op` while the library is loaded: Op(Attributes), and run(Call &) const.
template <typename Op>
struct Registered {
  Registered(const char *name, Specs inputs, Specs outputs, Specs attributes) {
    Status status;
    TF_OpDefinitionBuilder *definition = TF_NewOpDefinitionBuilder(name);
    for (const char *spec : inputs) TF_OpDefinitionBuilderAddInput(definition, spec);
    for (const char *spec : outputs) TF_OpDefinitionBuilderAddOutput(definition, spec);
    for (const char *spec : attributes) TF_OpDefinitionBuilderAddAttr(definition, spec);
    TF_OpDefinitionBuilderSetShapeInferenceFunction(definition, UnknownShapes);
    TF_RegisterOpDefinition(definition, status);
    if (!status.ok()) return;
    TF_KernelBuilder *kernel = TF_NewKernelBuilder(
        name, "CPU",
        [](TF_OpKernelConstruction *construction) -> void * { return new Op(Attributes(construction)); },
        [](void *op, TF_OpKernelContext *context) {
          Call call(context);
          static_cast<const Op *>(op)->run(call);
        },
        [](void *op) { delete static_cast<Op *>(op); });
    TF_RegisterKernelBuilder(name, kernel, status);
  }
};

}  // namespace nascent
