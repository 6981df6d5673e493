//! Vectors of four in plain Rust, the width that every target has (SSE2, NEON, WASM).

use super::Isa;

#[derive(Clone, Copy)]
pub(crate) struct Portable;

#[derive(Clone, Copy)]
#[repr(align(16))]
pub(crate) struct Four([f32; 4]);

#[inline(always)]
fn each(a: Four, b: Four, f: impl Fn(f32, f32) -> f32) -> Four {
    Four([f(a.0[0], b.0[0]), f(a.0[1], b.0[1]), f(a.0[2], b.0[2]), f(a.0[3], b.0[3])])
}

impl Isa for Portable {
    const LANES: usize = 4;
    const PIXELS: usize = 2;
    const VECTORS: usize = 4;
    type V = Four;

    #[inline(always)]
    fn splat(self, x: f32) -> Four {
        Four([x; 4])
    }
    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> Four {
        // SAFETY: the caller has four numbers there; unaligned reads are allowed.
        Four(unsafe { from.cast::<[f32; 4]>().read_unaligned() })
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32, x: Four) {
        // SAFETY: the caller has room for four numbers there; unaligned writes are allowed.
        unsafe { to.cast::<[f32; 4]>().write_unaligned(x.0) }
    }
    #[inline(always)]
    fn add(self, a: Four, b: Four) -> Four {
        each(a, b, |a, b| a + b)
    }
    #[inline(always)]
    fn sub(self, a: Four, b: Four) -> Four {
        each(a, b, |a, b| a - b)
    }
    #[inline(always)]
    fn mul(self, a: Four, b: Four) -> Four {
        each(a, b, |a, b| a * b)
    }
    #[inline(always)]
    fn div(self, a: Four, b: Four) -> Four {
        each(a, b, |a, b| a / b)
    }
    #[inline(always)]
    fn fma(self, a: Four, b: Four, c: Four) -> Four {
        self.add(self.mul(a, b), c)
    }
    #[inline(always)]
    fn max(self, a: Four, b: Four) -> Four {
        each(a, b, |a, b| if a > b { a } else { b })
    }
    #[inline(always)]
    fn min(self, a: Four, b: Four) -> Four {
        each(a, b, |a, b| if a < b { a } else { b })
    }
    #[inline(always)]
    fn round(self, x: Four) -> Four {
        // Adding 1.5 · 2^23 leaves no bits for fractions.
        const SHIFT: f32 = 12_582_912.0;
        each(x, x, |x, _| (x + SHIFT) - SHIFT)
    }
    #[inline(always)]
    fn exp2(self, x: Four) -> Four {
        each(x, x, |x, _| f32::from_bits(((x as i32 + 127) as u32) << 23))
    }
}
