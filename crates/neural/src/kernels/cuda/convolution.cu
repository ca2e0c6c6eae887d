// Convolutions over frames in bfloat16 as one matrix product, whose columns are gathered as they are needed: what
// autoencoders of video spend their time in. Channels vary fastest: [frames, height, width, channels].

#include <cstdint>
#include <cuda_bf16.h>

#include "matrix.cuh"

// Everything but the numbers. The same order in `convolution.rs`.
struct Measures {
    int frames, height, width;          // of the result
    int source_height, source_width;    // of what comes in
    int inputs, outputs;                // channels; inputs a multiple of 8
    int past;                           // frames before the first, in `past`, or zeros
    int taps_time, taps;                // frames, and rows and columns, of the kernel
    int padding;                        // zeros at the top and on the left
    int stride, stride_time;
    int doubled;                        // 1 if what comes in is taken twice as large, each pixel four times
};

namespace {

constexpr int THREADS = 256;
constexpr int PIXELS = 128;  // of a block
constexpr int DEPTH = 32;    // channels at a time
constexpr int STAGES = 4;

// Where 8 channels of a row lie in a tile of rows of 32, so that eight rows fall into different banks.
__device__ __forceinline__ int place(int row, int chunk) {
    return row * DEPTH + ((chunk ^ ((row >> 1) & 3)) << 3);
}

// Blocks of 128 pixels x WIDE outputs; eight warps, each 32 pixels x WIDE / 2 outputs.
template <int WIDE>
__device__ __forceinline__ void convolve(const __nv_bfloat16* x, const __nv_bfloat16* past, const __nv_bfloat16* kernel,
                                         const float* bias, const __nv_bfloat16* beside, __nv_bfloat16* out, Measures m) {
    constexpr int TILE = (PIXELS + WIDE) * DEPTH;
    constexpr int COLUMNS = WIDE / 2;  // of a warp
    extern __shared__ __align__(128) __nv_bfloat16 memory[];

    const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    const int64_t pixels = (int64_t)m.frames * m.height * m.width;
    const int64_t first_pixel = (int64_t)blockIdx.x * PIXELS;
    const int first_output = blockIdx.y * WIDE;
    const int chunk = threadIdx.x % 4;
    const int64_t source_frame = (int64_t)m.source_height * m.source_width * m.inputs;

    // The two pixels whose surroundings this thread fetches.
    int frame[2], row[2], column[2];
#pragma unroll
    for (int i = 0; i < 2; i++) {
        const int64_t pixel = first_pixel + threadIdx.x / 4 + 64 * i;
        const int in_frame = pixel % ((int64_t)m.height * m.width);
        frame[i] = pixel < pixels ? (int)(pixel / ((int64_t)m.height * m.width)) * m.stride_time : -(1 << 20);
        row[i] = in_frame / m.width * m.stride - m.padding;
        column[i] = in_frame % m.width * m.stride - m.padding;
    }

    int tap_time = 0, tap_row = 0, tap_column = 0, channel = 0;  // of the next tile to be fetched
    const int steps = m.taps_time * m.taps * m.taps * ((m.inputs + DEPTH - 1) / DEPTH);
    int fetched = 0;
    const auto fetch = [&]() {
        if (fetched < steps) {
            __nv_bfloat16* tile = memory + (fetched % STAGES) * TILE;
            const bool channel_there = channel + chunk * 8 < m.inputs;
#pragma unroll
            for (int i = 0; i < 2; i++) {
                const int f = frame[i] + tap_time, r = row[i] + tap_row, c = column[i] + tap_column;
                const __nv_bfloat16* source = f < m.past ? past : x;
                const bool there = channel_there && f >= 0 && source && r >= 0 && c >= 0 &&
                                   r < m.source_height << m.doubled && c < m.source_width << m.doubled;
                const int64_t at = (f < m.past ? f : f - m.past) * source_frame +
                                   ((int64_t)(r >> m.doubled) * m.source_width + (c >> m.doubled)) * m.inputs + channel +
                                   chunk * 8;
                copy_16(shared_address(tile + place(threadIdx.x / 4 + 64 * i, chunk)), there ? source + at : kernel, there);
            }
            const int tap = (tap_time * m.taps + tap_row) * m.taps + tap_column;
            for (int i = threadIdx.x / 4; i < WIDE; i += THREADS / 4) {
                const int output = first_output + i;
                const bool there = channel_there && output < m.outputs;
                const int64_t at = ((int64_t)tap * m.outputs + output) * m.inputs + channel + chunk * 8;
                copy_16(shared_address(tile + PIXELS * DEPTH + place(i, chunk)), there ? kernel + at : kernel, there);
            }
            fetched++;
            channel += DEPTH;
            if (channel >= m.inputs) {
                channel = 0;
                if (++tap_column == m.taps) {
                    tap_column = 0;
                    if (++tap_row == m.taps) tap_row = 0, tap_time++;
                }
            }
        }
        asm volatile("cp.async.commit_group;\n");
    };

    float sums[2][COLUMNS / 8][4] = {};
    const int warp_row = (warp / 2) * 32, warp_column = (warp % 2) * COLUMNS;
    for (int i = 0; i < STAGES - 1; i++) fetch();
    for (int step = 0; step < steps; step++) {
        asm volatile("cp.async.wait_group %0;\n" ::"n"(STAGES - 2));
        __syncthreads();
        fetch();
        const __nv_bfloat16* tile = memory + (step % STAGES) * TILE;
#pragma unroll
        for (int k = 0; k < DEPTH / 16; k++) {
            uint32_t a[2][4];
#pragma unroll
            for (int i = 0; i < 2; i++) {
                load_4(a[i], shared_address(tile + place(warp_row + 16 * i + lane % 16, k * 2 + lane / 16)));
            }
#pragma unroll
            for (int n = 0; n < COLUMNS / 16; n++) {
                uint32_t b[4];
                const int at = warp_column + n * 16 + (lane / 16) * 8 + lane % 8;
                load_4(b, shared_address(tile + PIXELS * DEPTH + place(at, k * 2 + (lane / 8) % 2)));
#pragma unroll
                for (int i = 0; i < 2; i++) {
                    multiply(sums[i][2 * n], a[i], b[0], b[1]);
                    multiply(sums[i][2 * n + 1], a[i], b[2], b[3]);
                }
            }
        }
    }

#pragma unroll
    for (int i = 0; i < 2; i++) {
#pragma unroll
        for (int half = 0; half < 2; half++) {
            const int64_t pixel = first_pixel + warp_row + 16 * i + half * 8 + lane / 4;
            if (pixel >= pixels) continue;
#pragma unroll
            for (int n = 0; n < COLUMNS / 8; n++) {
                const int output = first_output + warp_column + n * 8 + (lane % 4) * 2;
#pragma unroll
                for (int j = 0; j < 2; j++) {
                    if (output + j >= m.outputs) continue;
                    const int64_t at = pixel * m.outputs + output + j;
                    float sum = sums[i][n][2 * half + j] + bias[output + j];
                    if (beside) sum += __bfloat162float(beside[at]);
                    out[at] = __float2bfloat16_rn(sum);
                }
            }
        }
    }
}

}  // namespace

// Grid: (ceil(pixels / 128), ceil(outputs / WIDE)) blocks of 256 threads; shared memory 4 * (128 + WIDE) * 32 * 2 bytes.
// `kernel` is [taps, outputs, inputs]; `beside` is added to the result if it is there.
#define CONVOLUTION(WIDE)                                                                                                \
    extern "C" __global__ void __launch_bounds__(THREADS) convolve_##WIDE(                                               \
        const __nv_bfloat16* x, const __nv_bfloat16* past, const __nv_bfloat16* kernel, const float* bias,               \
        const __nv_bfloat16* beside, __nv_bfloat16* out, Measures measures) {                                            \
        convolve<WIDE>(x, past, kernel, bias, beside, out, measures);                                                    \
    }

CONVOLUTION(32)
CONVOLUTION(96)
CONVOLUTION(128)

// Each pixel's channels given the length 1, times `weight`, then SiLU if `silu` is set. Sixteen threads a pixel; 16 pixels a
// block of 256 threads.
extern "C" __global__ void __launch_bounds__(THREADS)
norm_pixels(const __nv_bfloat16* x, const float* weight, __nv_bfloat16* out, int64_t pixels, int channels, int silu) {
    const int lane = threadIdx.x % 16;
    const int64_t pixel = (int64_t)blockIdx.x * (THREADS / 16) + threadIdx.x / 16;
    const bool there = pixel < pixels;
    const uint4* from = reinterpret_cast<const uint4*>(x + (there ? pixel : 0) * channels);
    uint4* to = reinterpret_cast<uint4*>(out + (there ? pixel : 0) * channels);
    float squares = 0.f;
    for (int c = lane; c < channels / 8; c += 16) {
        const uint4 v = from[c];
        const __nv_bfloat162* pairs = reinterpret_cast<const __nv_bfloat162*>(&v);
        for (int i = 0; i < 4; i++) {
            const float2 pair = __bfloat1622float2(pairs[i]);
            squares += pair.x * pair.x + pair.y * pair.y;
        }
    }
    for (int step = 8; step > 0; step /= 2) squares += __shfl_xor_sync(0xffffffff, squares, step);
    if (!there) return;
    const float scale = 1.f / fmaxf(sqrtf(squares), 1e-12f);
    const auto finish = [&](float y) { return silu ? y / (1.f + __expf(-y)) : y; };
    for (int c = lane; c < channels / 8; c += 16) {
        const uint4 v = from[c];
        uint4 w;
        const __nv_bfloat162* pairs = reinterpret_cast<const __nv_bfloat162*>(&v);
        __nv_bfloat162* made = reinterpret_cast<__nv_bfloat162*>(&w);
        for (int i = 0; i < 4; i++) {
            const float2 pair = __bfloat1622float2(pairs[i]);
            const float* factor = weight + c * 8 + 2 * i;
            made[i] = __floats2bfloat162_rn(finish(pair.x * scale * factor[0]), finish(pair.y * scale * factor[1]));
        }
        to[c] = w;
    }
}
