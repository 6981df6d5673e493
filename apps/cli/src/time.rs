//! Times and frame rates as people write them for ffmpeg.

use relight_video::Rate;
use serde::Serializer;

/// Seconds (`2.5`) or `[HH:]MM:SS[.fraction]`.
///
/// # Errors
/// It is neither, or negative.
pub fn seconds(text: &str) -> Result<f64, String> {
    let parts: Vec<&str> = text.split(':').collect();
    let wrong = || "give seconds such as 2.5, or [HH:]MM:SS".to_string();
    if parts.len() > 3 {
        return Err(wrong());
    }
    let mut total = 0.0;
    for (i, part) in parts.iter().enumerate() {
        let last = i + 1 == parts.len();
        let value: f64 = if last { part.parse().map_err(|_| wrong())? } else { part.parse::<u32>().map_err(|_| wrong())?.into() };
        if !(0.0..1e9).contains(&value) || (i > 0 && value >= 60.0) {
            return Err(wrong());
        }
        total = total * 60.0 + value;
    }
    Ok(total)
}

/// `24`, `29.97` or `30000/1001`.
///
/// # Errors
/// It is none of these.
pub fn rate(text: &str) -> Result<Rate, String> {
    text.parse().map_err(|fault: relight_file::Fault| fault.remedy)
}

/// A rate in a receipt.
pub fn rate_text<S: Serializer>(rate: &Option<Rate>, serializer: S) -> Result<S::Ok, S::Error> {
    match rate {
        Some(rate) => serializer.collect_str(rate),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn seconds_and_clock_times_are_read_and_nonsense_is_not() {
        assert_eq!(seconds("2.5"), Ok(2.5));
        assert_eq!(seconds("1:02:03.5"), Ok(3723.5));
        assert_eq!(seconds("0:07"), Ok(7.0));
        for wrong in ["", "-1", "1:75", "a", "1:2:3:4", "nan", "1.5:00"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}
