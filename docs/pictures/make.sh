#!/usr/bin/env bash
# Makes the pictures of the README anew, as it says there.
# usage: docs/pictures/make.sh CLIPS LIGHTS OBJECT.glb    CLIPS holds cup.mp4 (OpenCV's samples) and cockatoo.mp4 (imageio 2.9; H.264 4:4:4: with ffmpeg and ffprobe on
# PATH, or converted as the program says), LIGHTS four maps of Poly Haven, OBJECT is oculus-touch-v3/left.glb of WebXR's input profiles.
set -euo pipefail
clips=$(realpath "$1") lights=$(realpath "$2") object=$(realpath "$3")
here=$(cd "$(dirname "$0")" && pwd)
relight() { "$here/../../target/release/relight" "$@" -y; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
names=(sunny_vondelpark pink_sunrise street_lamp circus_arena)

relight demo -o demo

for l in "${names[@]}"; do relight "$clips/cup.mp4" --frames 1 --light "$lights/${l}_1k.hdr" -o "$l.png"; done
relight compare "${names[@]/%/.png}" --width 320 --rows 1 -o lights.png

relight "$clips/cup.mp4" --frames 1 --tint '#c03018' --select 360,300 --tolerance 0.5 -o red.png
for r in 05 30 80; do
    relight "$clips/cup.mp4" --frames 1 --set metallic=1 --set albedo=#d4af37 --set roughness=0.$r --select 480,250 --tolerance 0.5 --light "$lights/circus_arena_1k.hdr" --keep -o gold$r.png
done
relight compare red.png gold05.png gold30.png gold80.png --width 320 --rows 1 -o edit.png

relight insert "$clips/cup.mp4" "$object" --frames 1 --at 130,330,0.9 --size .35 --yaw 30 -o inserted.png
relight compare "$clips/cup.mp4" inserted.png --frames 1 --label frame --label inserted --width 480 --rows 1 -o insert.png

relight "$clips/cockatoo.mp4" --frames 1 --tint '#4060c0' --select 850,200 -o wall.png
relight insert "$clips/cockatoo.mp4" "$object" --frames 1 --at 1000,580,0.7 --size .35 --yaw 30 -o in_the_air.png
relight "$clips/cockatoo.mp4" --frames 1 --light "$lights/street_lamp_1k.hdr" -o lamp.png
relight compare "$clips/cockatoo.mp4" wall.png in_the_air.png lamp.png --frames 1 --width 300 --rows 1 -o cockatoo.png

cp demo/sheet.png "$here/demo.png"
cp lights.png edit.png insert.png cockatoo.png "$here"
