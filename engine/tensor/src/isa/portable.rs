//! Vectors in plain Rust, which the compiler turns into what its target has.

use super::Isa;

/// `L` lanes; the matrix kernel keeps `P` pixels of `N` vectors.
#[derive(Clone, Copy)]
pub(crate) struct Portable<const L: usize, const P: usize, const N: usize>;

/// Four lanes, which SSE2, NEON and WASM have; 2 · 4 accumulators for 16 registers, 6 · 4 for the 32 of NEON.
#[cfg(not(target_arch = "aarch64"))]
pub(crate) const FOUR: Portable<4, 2, 4> = Portable;
/// See above.
#[cfg(target_arch = "aarch64")]
pub(crate) const FOUR: Portable<4, 6, 4> = Portable;

/// The shape of AVX-512, so that tests run its paths through the kernels on every machine.
#[cfg(test)]
pub(crate) const SIXTEEN: Portable<16, 12, 2> = Portable;

#[derive(Clone, Copy)]
pub(crate) struct Lanes<const L: usize>([f32; L]);

#[inline(always)]
fn each<const L: usize>(a: Lanes<L>, b: Lanes<L>, f: impl Fn(f32, f32) -> f32) -> Lanes<L> {
    let mut out = a;
    for i in 0..L {
        out.0[i] = f(a.0[i], b.0[i]);
    }
    out
}

impl<const L: usize, const P: usize, const N: usize> Isa for Portable<L, P, N> {
    const LANES: usize = L;
    const PIXELS: usize = P;
    const VECTORS: usize = N;
    type V = Lanes<L>;

    #[inline(always)]
    fn splat(self, x: f32) -> Lanes<L> {
        Lanes([x; L])
    }
    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> Lanes<L> {
        // SAFETY: the caller has L numbers there; unaligned reads are allowed.
        Lanes(unsafe { from.cast::<[f32; L]>().read_unaligned() })
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32, x: Lanes<L>) {
        // SAFETY: the caller has room for L numbers there; unaligned writes are allowed.
        unsafe { to.cast::<[f32; L]>().write_unaligned(x.0) }
    }
    #[inline(always)]
    fn add(self, a: Lanes<L>, b: Lanes<L>) -> Lanes<L> {
        each(a, b, |a, b| a + b)
    }
    #[inline(always)]
    fn sub(self, a: Lanes<L>, b: Lanes<L>) -> Lanes<L> {
        each(a, b, |a, b| a - b)
    }
    #[inline(always)]
    fn mul(self, a: Lanes<L>, b: Lanes<L>) -> Lanes<L> {
        each(a, b, |a, b| a * b)
    }
    #[inline(always)]
    fn div(self, a: Lanes<L>, b: Lanes<L>) -> Lanes<L> {
        each(a, b, |a, b| a / b)
    }
    #[inline(always)]
    fn fma(self, a: Lanes<L>, b: Lanes<L>, c: Lanes<L>) -> Lanes<L> {
        // Elsewhere `mul_add` may be a call of a library function.
        if cfg!(target_arch = "aarch64") {
            let mut out = c;
            for i in 0..L {
                out.0[i] = a.0[i].mul_add(b.0[i], c.0[i]);
            }
            return out;
        }
        self.add(self.mul(a, b), c)
    }
    #[inline(always)]
    fn max(self, a: Lanes<L>, b: Lanes<L>) -> Lanes<L> {
        each(a, b, |a, b| if a > b { a } else { b })
    }
    #[inline(always)]
    fn min(self, a: Lanes<L>, b: Lanes<L>) -> Lanes<L> {
        each(a, b, |a, b| if a < b { a } else { b })
    }
    #[inline(always)]
    fn round(self, x: Lanes<L>) -> Lanes<L> {
        // Adding 1.5 · 2^23 leaves no bits for fractions.
        const SHIFT: f32 = 12_582_912.0;
        each(x, x, |x, _| (x + SHIFT) - SHIFT)
    }
    #[inline(always)]
    fn exp2(self, x: Lanes<L>) -> Lanes<L> {
        each(x, x, |x, _| f32::from_bits(((x as i32 + 127) as u32) << 23))
    }
}
