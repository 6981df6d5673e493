#!/usr/bin/env bash
# Worlds for a forward network that learns on a card, and estimates of them, while it learns: relight synth renders three kinds with their shading,
# photograph.py takes their pictures, relight synth --shade --estimate estimates their buffers. For so many seconds; 16 cores make 8 worlds and 8 estimates a second.
# usage: training/farm.sh RELIGHT OIDN.safetensors OUT SECONDS ESTIMATORS [FLAGS...]    FLAGS: --meshes and --lights of relight synth; train.py takes
# --shards OUT/any OUT/things OUT/clips OUT/any_e OUT/things_e OUT/clips_e
set -euo pipefail
relight=$1 oidn=$2 out=$3 seconds=$4 estimators=$5
shift 5
here=$(cd "$(dirname "$0")" && pwd)
end=$((SECONDS + seconds))
left() { echo $((end > SECONDS ? end - SECONDS : 1)); }
for kind in any things clips; do mkdir -p "$out/$kind" "$out/${kind}_p" "$out/${kind}_e"; done

render() { timeout "$(left)" "$relight" synth -o "$out/$1" --clips 90000 --width 160 --height 160 --samples 5 "${@:2}" >"$out/$1.log" 2>&1; }
render any --seed 71 --frames 1 --threads 4 "$@" &
render things --kind objects --seed 73 --frames 1 --threads 2 "$@" &
render clips --seed 72 --frames 3 --threads 1 "$@" &
for kind in any things clips; do timeout "$(left)" python3 "$here/photograph.py" "$out/$kind" "$out/${kind}_p" --chunk 24 --card "$oidn" & done

estimate() {
    mkdir -p "$out/.$1"
    while ((SECONDS < end)); do
        chunk=$(cd "$out" && ls -d {any,things,clips}_p/* 2>/dev/null | shuf -n 1 || true)
        # Another one may have taken it meanwhile.
        if [ -n "$chunk" ] && mv "$out/$chunk" "$out/.$1/chunk" 2>/dev/null; then
            timeout "$(left)" "$relight" synth --shade "$out/.$1/chunk" --estimate embedded -o "$out/${chunk%_p/*}_e" --threads 2 >>"$out/estimates.log" 2>&1 || true
            rm -rf "$out/.$1/chunk"
        else
            sleep 0.3
        fi
    done
}
for k in $(seq "$estimators"); do estimate "$k" & done
wait
