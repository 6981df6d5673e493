//! Every package that is linked into the binary has a licence that `deny.toml` allows.
//! `cargo deny` checks more; this needs nothing but cargo.

use serde_json::Value;
use std::{collections::BTreeSet, path::Path, process::Command};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap()
}

fn allowed() -> BTreeSet<String> {
    let deny = std::fs::read_to_string(root().join("deny.toml")).unwrap();
    let list = deny.split_once("allow = [").unwrap().1.split_once(']').unwrap().0;
    list.lines().filter_map(|line| line.trim().strip_prefix('"')?.split('"').next().map(String::from)).collect()
}

/// Packages that the binary is built from, dev-dependencies left out, with their licences.
fn linked() -> Vec<(String, String)> {
    let output = Command::new(env!("CARGO"))
        .current_dir(root())
        .args(["tree", "-p", "relight", "-e", "normal,build", "--prefix", "none", "--no-dedupe", "--format", "{p}|{l}"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let unique: BTreeSet<&str> = text.lines().collect();
    unique.into_iter().filter_map(|line| line.split_once('|')).map(|(package, licence)| (package.into(), licence.into())).collect()
}

#[test]
fn every_linked_package_has_an_allowed_licence() {
    let allowed = allowed();
    let packages = linked();
    assert!(allowed.len() > 5 && packages.len() > 10, "{} licences, {} packages", allowed.len(), packages.len());
    let refused: Vec<_> = packages
        .iter()
        .filter(|(_, licence)| {
            // Old manifests separate alternatives by a slash, which the lax mode takes for OR.
            let expression = spdx::Expression::parse_mode(licence, spdx::ParseMode::LAX);
            !expression.is_ok_and(|e| e.evaluate(|need| allowed.contains(&need.to_string())))
        })
        .collect();
    assert!(refused.is_empty(), "licences that deny.toml does not allow: {refused:#?}");
}

#[test]
fn the_whole_graph_comes_from_the_registry() {
    let output = Command::new(env!("CARGO")).current_dir(root()).args(["metadata", "--format-version", "1"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    for package in metadata["packages"].as_array().unwrap() {
        let source = package["source"].as_str();
        assert!(source.is_none_or(|s| s.starts_with("registry+")), "{} comes from {source:?}", package["name"]);
    }
}
