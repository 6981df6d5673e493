//! What a pass is set to or multiplied by: `roughness=0.15`, `albedo=1.2,0.9,0.9`, `albedo=#d03020`.

use relight_gbuffer::Pass;
use relight_video::transfer::linear8;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error, ser::SerializeMap};
use std::{collections::BTreeMap, fmt, str::FromStr};

/// Passes that an edit may change.
pub const EDITABLE: [Pass; 3] = [Pass::Albedo, Pass::Roughness, Pass::Metallic];

/// A pass and a number for each of its channels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Assign {
    /// One of [`EDITABLE`].
    pub pass: Pass,
    /// Three numbers; a pass of one channel uses the first.
    pub value: [f32; 3],
}

/// A linear Rec.709 colour; written as `r,g,b` (linear, 0..1) or `#rrggbb` (sRGB).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Colour(pub [f32; 3]);

impl FromStr for Colour {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(hex) = text.strip_prefix('#') {
            let code = u32::from_str_radix(hex, 16).ok().filter(|_| hex.len() == 6).ok_or(format!("{text} is no colour: write #rrggbb"))?;
            return Ok(Self([16, 8, 0].map(|shift| linear8((code >> shift & 255) as u8))));
        }
        let numbers = text.split(',').map(|v| v.trim().parse::<f32>().ok().filter(|v| v.is_finite() && *v >= 0.0));
        let numbers: Vec<f32> = numbers.collect::<Option<_>>().ok_or(format!("{text} is no colour: write r,g,b (linear) or #rrggbb (sRGB)"))?;
        match numbers[..] {
            [grey] => Ok(Self([grey; 3])),
            [r, g, b] => Ok(Self([r, g, b])),
            _ => Err(format!("{text} has {} numbers: write one, three, or #rrggbb", numbers.len())),
        }
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [r, g, b] = self.0;
        if r == g && g == b { write!(f, "{r}") } else { write!(f, "{r},{g},{b}") }
    }
}

impl Serialize for Colour {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// As TOML has it: a number, a list of them, or words.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    One(f32),
    Many(Vec<f32>),
    Words(String),
}

impl Written {
    fn words(self) -> String {
        match self {
            Self::One(v) => v.to_string(),
            Self::Many(v) => v.iter().map(ToString::to_string).collect::<Vec<_>>().join(","),
            Self::Words(words) => words,
        }
    }
}

impl<'de> Deserialize<'de> for Colour {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Written::deserialize(deserializer)?.words().parse().map_err(D::Error::custom)
    }
}

impl Assign {
    fn new(pass: &str, value: &str) -> Result<Self, String> {
        let pass =
            EDITABLE.into_iter().find(|p| p.name() == pass).ok_or_else(|| format!("{pass} cannot be edited: name albedo, roughness or metallic"))?;
        let Colour(numbers) = value.parse()?;
        if pass.channels() == 1 && (value.contains(',') || value.starts_with('#')) {
            return Err(format!("{} is one number, not {value}", pass.name()));
        }
        Ok(Self { pass, value: numbers })
    }
}

impl FromStr for Assign {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (pass, value) = text.split_once('=').ok_or_else(|| format!("{text} has no value: write it like roughness=0.15"))?;
        Self::new(pass.trim(), value.trim())
    }
}

/// Reads what [`set`](FromStr) reads, and refuses numbers that a pass cannot have: above 1.
pub(crate) fn in_range(text: &str) -> Result<Assign, String> {
    let assign: Assign = text.parse()?;
    if assign.value.iter().any(|v| *v > 1.0) {
        return Err(format!("{text}: {} is from 0 to 1", assign.pass.name()));
    }
    Ok(assign)
}

/// Assignments as a table: `{ roughness = 0.15, albedo = [0.8, 0.1, 0.1] }`.
pub(crate) mod table {
    use super::{Assign, BTreeMap, Colour, Deserialize, Deserializer, Error, SerializeMap, Serializer, Written};

    pub fn serialize<S: Serializer>(assigns: &[Assign], serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(assigns.len()))?;
        for assign in assigns {
            map.serialize_entry(assign.pass.name(), &Colour(assign.value))?;
        }
        map.end()
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Assign>, D::Error> {
        let map = BTreeMap::<String, Written>::deserialize(deserializer)?;
        map.into_iter().map(|(pass, value)| Assign::new(&pass, &value.words()).map_err(D::Error::custom)).collect()
    }

    /// The same, each from 0 to 1.
    pub fn in_range<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Assign>, D::Error> {
        let assigns = deserialize(deserializer)?;
        match assigns.iter().find(|a| a.value.iter().any(|v| *v > 1.0)) {
            Some(wrong) => Err(D::Error::custom(format!("{} is from 0 to 1", wrong.pass.name()))),
            None => Ok(assigns),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_lists_and_colours_are_read() {
        let read = |text: &str| text.parse::<Assign>().unwrap();
        assert_eq!(read("roughness=0.15"), Assign { pass: Pass::Roughness, value: [0.15; 3] });
        assert_eq!(read("albedo=1.2,0.9,0.9").value, [1.2, 0.9, 0.9]);
        assert_eq!(read("albedo=0.5").value, [0.5; 3]);
        let red = read("albedo=#ff0080").value;
        assert!((red[0] - 1.0).abs() < 1e-6 && red[1] == 0.0 && (red[2] - 0.2159).abs() < 1e-3);
    }

    #[test]
    fn what_makes_no_sense_says_what_would() {
        for (text, says) in [
            ("roughness", "roughness=0.15"),
            ("normal=1", "cannot be edited"),
            ("shine=1", "cannot be edited"),
            ("roughness=x", "no colour"),
            ("roughness=0.1,0.2,0.3", "one number"),
            ("metallic=#ffffff", "one number"),
            ("albedo=1,2", "2 numbers"),
            ("albedo=#ff", "#rrggbb"),
            ("albedo=-1", "no colour"),
            ("roughness=nan", "no colour"),
        ] {
            let error = text.parse::<Assign>().unwrap_err();
            assert!(error.contains(says), "{text}: {error}");
        }
        assert!(in_range("roughness=1.5").unwrap_err().contains("0 to 1") && in_range("metallic=1").is_ok());
    }
}
