//! How bright a known map is in the frames.

use crate::{fit::checked, verify, view::View};
use relight_file::{Fault, Result};
use relight_light::Light;

/// The factor on the map's numbers by which `light` (its own exposure is not used) lights the frames as they are, told from frames rendered under
/// it by screen-space ray tracing.
///
/// # Errors
/// As [`crate::fit`]'s for views; a map or frames that are black.
pub fn level(views: &[View], light: &Light) -> Result<f32> {
    let views = checked(views)?;
    let pictures = verify::render(&views, light.map.as_ref().clone(), light.yaw);
    let factor = verify::factors(&views, &pictures).dot(crate::fit::LUMINANCE);
    let lit = pictures.iter().flatten().any(|v| *v > 0.0);
    if !(lit && factor > 1e-9 && factor.is_finite()) {
        return Err(Fault::new("the map's brightness cannot be told from the frames", "give a map and frames that are not black"));
    }
    Ok(factor)
}
