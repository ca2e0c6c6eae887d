// What lies between the matrix products of a transformer's block, each in one pass over memory. Numbers are computed in 32
// bits whatever they are stored in. Rows are the last dimension, contiguous.

#include <cstdint>
#include <cuda_bf16.h>

namespace {

constexpr int THREADS = 256;

template <typename T>
struct Stored;

// As many numbers as 16 bytes hold.
template <>
struct Stored<float> {
    static constexpr int COUNT = 4;
    static __device__ void read(const float* from, float (&x)[4]) {
        const float4 v = *reinterpret_cast<const float4*>(from);
        x[0] = v.x, x[1] = v.y, x[2] = v.z, x[3] = v.w;
    }
    static __device__ void write(float* to, const float (&x)[4]) {
        *reinterpret_cast<float4*>(to) = make_float4(x[0], x[1], x[2], x[3]);
    }
};

template <>
struct Stored<__nv_bfloat16> {
    static constexpr int COUNT = 8;
    static __device__ void read(const __nv_bfloat16* from, float (&x)[8]) {
        const uint4 v = *reinterpret_cast<const uint4*>(from);
        const __nv_bfloat162* pairs = reinterpret_cast<const __nv_bfloat162*>(&v);
        for (int i = 0; i < 4; i++) {
            const float2 pair = __bfloat1622float2(pairs[i]);
            x[2 * i] = pair.x, x[2 * i + 1] = pair.y;
        }
    }
    static __device__ void write(__nv_bfloat16* to, const float (&x)[8]) {
        uint4 v;
        __nv_bfloat162* pairs = reinterpret_cast<__nv_bfloat162*>(&v);
        for (int i = 0; i < 4; i++) pairs[i] = __floats2bfloat162_rn(x[2 * i], x[2 * i + 1]);
        *reinterpret_cast<uint4*>(to) = v;
    }
};

// The sum over all threads of a block, in every thread.
__device__ float total(float x) {
    __shared__ float parts[THREADS / 32];
    for (int step = 16; step > 0; step /= 2) x += __shfl_xor_sync(0xffffffff, x, step);
    __syncthreads();
    if (threadIdx.x % 32 == 0) parts[threadIdx.x / 32] = x;
    __syncthreads();
    float sum = 0.f;
    for (int i = 0; i < THREADS / 32; i++) sum += parts[i];
    return sum;
}

// A row with mean 0 and deviation 1, times `factor`, plus `offset`: both in 32 bits, one row for each `rows_per_group` rows.
template <typename T>
__device__ void norm_affine(const T* x, const float* factor, const float* offset, T* out, int width, int rows_per_group,
                            float epsilon) {
    constexpr int N = Stored<T>::COUNT;
    const int64_t row = blockIdx.x;
    x += row * width;
    out += row * width;
    factor += (row / rows_per_group) * width;
    offset += (row / rows_per_group) * width;
    float v[N], sum = 0.f;
    for (int c = threadIdx.x * N; c < width; c += THREADS * N) {
        Stored<T>::read(x + c, v);
        for (int i = 0; i < N; i++) sum += v[i];
    }
    const float mean = total(sum) / width;
    float squares = 0.f;
    for (int c = threadIdx.x * N; c < width; c += THREADS * N) {
        Stored<T>::read(x + c, v);
        for (int i = 0; i < N; i++) squares += (v[i] - mean) * (v[i] - mean);
    }
    const float scale = rsqrtf(total(squares) / width + epsilon);
    for (int c = threadIdx.x * N; c < width; c += THREADS * N) {
        Stored<T>::read(x + c, v);
        for (int i = 0; i < N; i++) v[i] = (v[i] - mean) * scale * factor[c + i] + offset[c + i];
        Stored<T>::write(out + c, v);
    }
}

// x + bias, divided by the row's root mean square, times weight; then, if `turns` is there, each pair of numbers of a head
// turned by its angle: `turns` has cosine and sine for each pair, [tokens, head / 2, 2].
template <typename T>
__device__ void norm_turn(const T* x, const T* bias, const T* weight, const float* turns, T* out, int width, int head,
                          int tokens, float epsilon) {
    constexpr int N = Stored<T>::COUNT;
    const int64_t row = blockIdx.x;
    x += row * width;
    out += row * width;
    float v[N], b[N], w[N], squares = 0.f;
    for (int c = threadIdx.x * N; c < width; c += THREADS * N) {
        Stored<T>::read(x + c, v);
        Stored<T>::read(bias + c, b);
        for (int i = 0; i < N; i++) squares += (v[i] + b[i]) * (v[i] + b[i]);
    }
    const float scale = rsqrtf(total(squares) / width + epsilon);
    if (turns) turns += (row % tokens) * head;
    for (int c = threadIdx.x * N; c < width; c += THREADS * N) {
        Stored<T>::read(x + c, v);
        Stored<T>::read(bias + c, b);
        Stored<T>::read(weight + c, w);
        for (int i = 0; i < N; i++) v[i] = (v[i] + b[i]) * scale * w[i];
        if (turns) {
            for (int i = 0; i < N; i += 2) {
                const float2 turn = *reinterpret_cast<const float2*>(turns + c % head + i);
                const float a = v[i], z = v[i + 1];
                v[i] = a * turn.x - z * turn.y;
                v[i + 1] = a * turn.y + z * turn.x;
            }
        }
        Stored<T>::write(out + c, v);
    }
}

// x + (y + bias) * gate, one row of `gate` (32 bits) for each `rows_per_group` rows; no gate is a gate of 1.
template <typename T>
__device__ void add_gated(const T* x, const T* y, const T* bias, const float* gate, T* out, int width, int rows_per_group,
                          int64_t count) {
    constexpr int N = Stored<T>::COUNT;
    const int64_t at = ((int64_t)blockIdx.x * THREADS + threadIdx.x) * N;
    if (at >= count) return;
    const int c = at % width;
    const int64_t group = at / width / rows_per_group;
    float v[N], a[N], b[N];
    Stored<T>::read(x + at, v);
    Stored<T>::read(y + at, a);
    Stored<T>::read(bias + c, b);
    for (int i = 0; i < N; i++) v[i] += (a[i] + b[i]) * (gate ? gate[group * width + c + i] : 1.f);
    Stored<T>::write(out + at, v);
}

// x + bias, or GELU of it in its tanh form.
template <typename T, bool GELU>
__device__ void biased(const T* x, const T* bias, T* out, int width, int64_t count) {
    constexpr int N = Stored<T>::COUNT;
    const int64_t at = ((int64_t)blockIdx.x * THREADS + threadIdx.x) * N;
    if (at >= count) return;
    float v[N], b[N];
    Stored<T>::read(x + at, v);
    Stored<T>::read(bias + at % width, b);
    for (int i = 0; i < N; i++) {
        v[i] += b[i];
        if (GELU) {
            const float u = 0.7978845608f * (v[i] + 0.044715f * v[i] * v[i] * v[i]);
            v[i] /= 1.f + __expf(-2.f * u);
        }
    }
    Stored<T>::write(out + at, v);
}

}  // namespace

#define KERNELS(T, NAME)                                                                                                   \
    extern "C" __global__ void __launch_bounds__(THREADS) norm_affine_##NAME(                                              \
        const T* x, const float* factor, const float* offset, T* out, int width, int rows_per_group, float epsilon) {      \
        norm_affine<T>(x, factor, offset, out, width, rows_per_group, epsilon);                                            \
    }                                                                                                                      \
    extern "C" __global__ void __launch_bounds__(THREADS) norm_turn_##NAME(                                                \
        const T* x, const T* bias, const T* weight, const float* turns, T* out, int width, int head, int tokens,           \
        float epsilon) {                                                                                                   \
        norm_turn<T>(x, bias, weight, turns, out, width, head, tokens, epsilon);                                           \
    }                                                                                                                      \
    extern "C" __global__ void __launch_bounds__(THREADS) add_gated_##NAME(                                                \
        const T* x, const T* y, const T* bias, const float* gate, T* out, int width, int rows_per_group, int64_t count) {  \
        add_gated<T>(x, y, bias, gate, out, width, rows_per_group, count);                                                 \
    }                                                                                                                      \
    extern "C" __global__ void __launch_bounds__(THREADS) gelu_biased_##NAME(const T* x, const T* bias, T* out, int width, \
                                                                             int64_t count) {                              \
        biased<T, true>(x, bias, out, width, count);                                                                       \
    }                                                                                                                      \
    extern "C" __global__ void __launch_bounds__(THREADS) add_bias_##NAME(const T* x, const T* bias, T* out, int width,    \
                                                                          int64_t count) {                                 \
        biased<T, false>(x, bias, out, width, count);                                                                      \
    }

KERNELS(float, f32)
KERNELS(__nv_bfloat16, bf16)
