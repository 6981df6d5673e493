//! The measures, so that tables compare.
//!
//! All are over the *foreground*: pixels whose true alpha is above .5. Pictures are compared as sRGB codes in [0, 1], clipped. PSNR,
//! SSIM and LPIPS are of each frame and averaged over the clip; all other measures are over all foreground pixels of the clip; tables average clips.

mod angle;
mod depth;
mod flicker;
mod lpips;
mod picture;
mod psnr;
mod rmse;
mod ssim;

pub use angle::{Angles, WITHIN_DEG, angles};
pub use depth::depth;
pub use flicker::flicker;
pub use lpips::{Features, Lpips};
pub use picture::{Codes, Mask, factors};
pub use psnr::psnr;
pub use rmse::rmse;
pub use ssim::ssim;
