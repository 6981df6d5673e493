//! A click: `X,Y` or `X,Y,frame`.

use relight_file::Fault;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, str::FromStr};

/// A pixel of a frame, both from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Select {
    /// Column, from the left.
    pub x: usize,
    /// Row, from the top.
    pub y: usize,
    /// Frame of the clip.
    pub frame: usize,
}

impl FromStr for Select {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers: Option<Vec<usize>> = text.split(',').map(|v| v.trim().parse().ok()).collect();
        match numbers.as_deref() {
            Some(&[x, y]) => Ok(Self { x, y, frame: 0 }),
            Some(&[x, y, frame]) => Ok(Self { x, y, frame }),
            _ => Err(format!("{text} is no pixel: write X,Y or X,Y,FRAME, whole numbers from 0")),
        }
    }
}

impl Select {
    /// Goes on where the pixel is in a frame of this size (width, height).
    ///
    /// # Errors
    /// It is not.
    pub fn within(self, (width, height): (usize, usize)) -> Result<(), Fault> {
        if self.x < width && self.y < height {
            return Ok(());
        }
        let cause = format!("the selected pixel {},{} is outside of the frame of {width}x{height}", self.x, self.y);
        Err(Fault::new(cause, "give column and row from the upper left corner, both from 0"))
    }
}

impl fmt::Display for Select {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{},{}", self.x, self.y, self.frame)
    }
}

impl Serialize for Select {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        [self.x, self.y, self.frame].serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Select {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let numbers = Vec::<usize>::deserialize(deserializer)?;
        let words = numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        words.parse().map_err(serde::de::Error::custom)
    }
}
