// softmax(query · keyᵀ · scale) · value for heads 128 wide in bfloat16, one tile of keys after another, so that the table of
// scores is never written: the method of FlashAttention-2, <https://arxiv.org/abs/2307.08691>.
//
// Query, key, value and result are [batch, tokens, heads * 128], contiguous: what linear layers give and take.

#include <cstdint>
#include <cuda_bf16.h>

#include "matrix.cuh"

namespace {

constexpr int HEAD = 128;
constexpr int ROWS = 128;     // queries of a block, 16 for each warp
constexpr int KEYS = 64;      // keys of a tile
constexpr int THREADS = 256;
constexpr int CHUNKS = HEAD / 8;  // 16-byte pieces of a row
constexpr int TILE = KEYS * HEAD; // numbers of a tile

// Where a piece of a row lies in a tile, so that eight rows' pieces of one column fall into different banks.
__device__ __forceinline__ int place(int row, int chunk) {
    return row * HEAD + ((chunk ^ (row & 7)) << 3);
}

__device__ __forceinline__ void commit() { asm volatile("cp.async.commit_group;\n"); }

template <int N>
__device__ __forceinline__ void wait() { asm volatile("cp.async.wait_group %0;\n" ::"n"(N)); }

__device__ __forceinline__ float power_of_two(float x) {
    float y;
    asm("ex2.approx.ftz.f32 %0, %1;\n" : "=f"(y) : "f"(x));
    return y;
}

__device__ __forceinline__ uint32_t pack(float low, float high) {
    const __nv_bfloat162 pair = __floats2bfloat162_rn(low, high);
    return reinterpret_cast<const uint32_t&>(pair);
}

// Rows [first, first + rows) of a head into a tile; zeros beyond the last.
__device__ __forceinline__ void fetch(__nv_bfloat16* tile, const __nv_bfloat16* head, int64_t stride, int first, int count,
                                      int rows) {
    for (int i = threadIdx.x; i < rows * CHUNKS; i += THREADS) {
        const int row = i / CHUNKS, chunk = i % CHUNKS;
        const bool there = first + row < count;
        const __nv_bfloat16* from = head + (there ? (int64_t)(first + row) * stride + chunk * 8 : 0);
        copy_16(shared_address(tile + place(row, chunk)), from, there);
    }
}

}  // namespace

// Grid: (ceil(queries / 128), heads, batch) blocks of 256 threads; shared memory 4 * 64 * 128 * 2 bytes.
// `scale` has log2(e) in it.
extern "C" __global__ void __launch_bounds__(THREADS, 1)
attend_bf16(const __nv_bfloat16* __restrict__ query, const __nv_bfloat16* __restrict__ key,
            const __nv_bfloat16* __restrict__ value, __nv_bfloat16* __restrict__ out, int queries, int keys, float scale) {
    extern __shared__ __align__(128) __nv_bfloat16 memory[];
    __nv_bfloat16* const key_tiles = memory;
    __nv_bfloat16* const value_tiles = memory + 2 * TILE;

    const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    const int64_t stride = (int64_t)gridDim.y * HEAD;
    const int first_row = blockIdx.x * ROWS;
    query += ((int64_t)blockIdx.z * queries) * stride + blockIdx.y * HEAD;
    out += ((int64_t)blockIdx.z * queries) * stride + blockIdx.y * HEAD;
    key += ((int64_t)blockIdx.z * keys) * stride + blockIdx.y * HEAD;
    value += ((int64_t)blockIdx.z * keys) * stride + blockIdx.y * HEAD;

    // The queries go through the room of the two tiles of keys into registers.
    fetch(memory, query, stride, first_row, queries, ROWS);
    commit();
    wait<0>();
    __syncthreads();
    uint32_t q[HEAD / 16][4];
#pragma unroll
    for (int k = 0; k < HEAD / 16; k++) {
        load_4(q[k], shared_address(memory + place(warp * 16 + lane % 16, k * 2 + lane / 16)));
    }
    __syncthreads();

    const int tiles = (keys + KEYS - 1) / KEYS;
    fetch(key_tiles, key, stride, 0, keys, KEYS);
    commit();
    fetch(value_tiles, value, stride, 0, keys, KEYS);
    commit();

    float o[HEAD / 8][4] = {};
    float most[2] = {-INFINITY, -INFINITY}, sum[2] = {0.f, 0.f};

    for (int tile = 0; tile < tiles; tile++) {
        const __nv_bfloat16* k_tile = key_tiles + (tile & 1) * TILE;
        const __nv_bfloat16* v_tile = value_tiles + (tile & 1) * TILE;
        wait<1>();
        __syncthreads();
        if (tile + 1 < tiles) {
            fetch(key_tiles + ((tile + 1) & 1) * TILE, key, stride, (tile + 1) * KEYS, keys, KEYS);
        }
        commit();

        float s[KEYS / 8][4] = {};
#pragma unroll
        for (int k = 0; k < HEAD / 16; k++) {
#pragma unroll
            for (int n = 0; n < KEYS / 16; n++) {
                uint32_t b[4];
                const int row = n * 16 + (lane / 16) * 8 + lane % 8, chunk = k * 2 + (lane / 8) % 2;
                load_4(b, shared_address(k_tile + place(row, chunk)));
                multiply(s[2 * n], q[k], b[0], b[1]);
                multiply(s[2 * n + 1], q[k], b[2], b[3]);
            }
        }

        const int left = keys - tile * KEYS;
        if (left < KEYS) {
#pragma unroll
            for (int n = 0; n < KEYS / 8; n++) {
                const int column = n * 8 + (lane % 4) * 2;
                if (column >= left) s[n][0] = s[n][2] = -INFINITY;
                if (column + 1 >= left) s[n][1] = s[n][3] = -INFINITY;
            }
        }

        // Two rows in each thread; four threads share a row.
        float shrink[2];
#pragma unroll
        for (int half = 0; half < 2; half++) {
            float top = most[half];
#pragma unroll
            for (int n = 0; n < KEYS / 8; n++) top = fmaxf(top, fmaxf(s[n][2 * half], s[n][2 * half + 1]));
            top = fmaxf(top, __shfl_xor_sync(0xffffffff, top, 1));
            top = fmaxf(top, __shfl_xor_sync(0xffffffff, top, 2));
            const float offset = top * scale;
            shrink[half] = power_of_two(most[half] * scale - offset);
            most[half] = top;
            float part = 0.f;
#pragma unroll
            for (int n = 0; n < KEYS / 8; n++) {
                s[n][2 * half] = power_of_two(s[n][2 * half] * scale - offset);
                s[n][2 * half + 1] = power_of_two(s[n][2 * half + 1] * scale - offset);
                part += s[n][2 * half] + s[n][2 * half + 1];
            }
            sum[half] = sum[half] * shrink[half] + part;
        }
#pragma unroll
        for (int n = 0; n < HEAD / 8; n++) {
            o[n][0] *= shrink[0];
            o[n][1] *= shrink[0];
            o[n][2] *= shrink[1];
            o[n][3] *= shrink[1];
        }

        wait<1>();
        __syncthreads();
        if (tile + 1 < tiles) {
            fetch(value_tiles + ((tile + 1) & 1) * TILE, value, stride, (tile + 1) * KEYS, keys, KEYS);
        }
        commit();

#pragma unroll
        for (int k = 0; k < KEYS / 16; k++) {
            const uint32_t p[4] = {pack(s[2 * k][0], s[2 * k][1]), pack(s[2 * k][2], s[2 * k][3]),
                                   pack(s[2 * k + 1][0], s[2 * k + 1][1]), pack(s[2 * k + 1][2], s[2 * k + 1][3])};
#pragma unroll
            for (int n = 0; n < HEAD / 16; n++) {
                uint32_t b[4];
                load_4_turned(b, shared_address(v_tile + place(k * 16 + lane % 16, n * 2 + lane / 16)));
                multiply(o[2 * n], p, b[0], b[1]);
                multiply(o[2 * n + 1], p, b[2], b[3]);
            }
        }
    }

#pragma unroll
    for (int half = 0; half < 2; half++) {
        float all = sum[half];
        all += __shfl_xor_sync(0xffffffff, all, 1);
        all += __shfl_xor_sync(0xffffffff, all, 2);
        const float share = 1.f / all;
        const int row = first_row + warp * 16 + half * 8 + lane / 4;
        if (row < queries) {
#pragma unroll
            for (int n = 0; n < HEAD / 8; n++) {
                __nv_bfloat16* to = out + (int64_t)row * stride + n * 8 + (lane % 4) * 2;
                *reinterpret_cast<__nv_bfloat162*>(to) =
                    __floats2bfloat162_rn(o[n][2 * half] * share, o[n][2 * half + 1] * share);
            }
        }
    }
}
