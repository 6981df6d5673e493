//! A crate may depend only on crates above it in the list of `Cargo.toml`.

use serde_json::Value;
use std::{path::Path, process::Command};

#[test]
fn no_arrow_points_down() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let manifest = std::fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let list = manifest.split("members = [").nth(1).unwrap().split(']').next().unwrap();
    let members: Vec<&str> = list.split('"').skip(1).step_by(2).collect();
    assert!(members.len() > 10, "{members:?}");

    let cargo = Command::new(env!("CARGO")).args(["metadata", "--no-deps", "--offline", "--format-version", "1"]).current_dir(root).output().unwrap();
    let metadata: Value = serde_json::from_slice(&cargo.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&cargo.stderr)));
    let place = |folder: &str| {
        let folder = Path::new(folder).strip_prefix(root).unwrap();
        members.iter().position(|m| Path::new(m) == folder).unwrap_or_else(|| panic!("{} is not in the list", folder.display()))
    };
    let mut arrows = 0;
    for package in metadata["packages"].as_array().unwrap() {
        let manifest = Path::new(package["manifest_path"].as_str().unwrap());
        let from = place(manifest.parent().unwrap().to_str().unwrap());
        for dependency in package["dependencies"].as_array().unwrap() {
            if let Some(path) = dependency["path"].as_str() {
                let to = place(path);
                assert!(to < from, "{} depends on {}, which stands below it", members[from], members[to]);
                arrows += 1;
            }
        }
    }
    assert!(arrows > members.len(), "only {arrows} arrows were seen");
}
