//! What the program says about itself.

mod common;

use common::relight;

fn says(args: &str) -> String {
    let output = relight(&std::env::temp_dir(), args);
    assert!(output.status.success(), "relight {args}\n{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_command_has_help_and_the_main_ones_examples() {
    let all = says("--help");
    for command in
        ["run", "inverse", "edit", "forward", "compare", "demo", "light", "insert", "trace", "synth", "eval", "models", "doctor", "completions"]
    {
        assert!(all.contains(&format!("  {command} ")), "{command} in\n{all}");
        let help = says(&format!("{command} --help"));
        assert!(help.contains("Usage: relight"), "{help}");
        if ["run", "inverse", "edit", "forward", "compare", "light", "insert", "trace", "synth", "eval"].contains(&command) {
            assert!(help.contains("Example"), "{help}");
        }
    }
    assert!(all.contains("Exit codes") && all.contains("relight clip.mp4 --light"));
    assert!(says("--version").starts_with("relight "));
}

#[test]
fn the_machine_and_the_networks_are_described() {
    let doctor = says("doctor");
    for word in ["processor", "kernels", "threads", "memory", "ffmpeg     not found"] {
        assert!(doctor.contains(word), "{word} in\n{doctor}");
    }
    let models = says("models");
    assert!(models.contains("inverse") && models.contains("forward") && models.contains("embedded"), "{models}");
}

#[test]
fn shells_complete_commands_and_flags() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = says(&format!("completions {shell}"));
        assert!(script.contains("inverse") && script.contains("light"), "{shell}");
    }
}
