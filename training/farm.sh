#!/usr/bin/env bash
# Worlds for networks that learn on a card, while they learn: relight synth renders three kinds with their shading, for both networks, and two without, for the
# inverse one; photograph.py takes pictures of the former, of which relight synth --shade --estimate estimates buffers, for the forward one. For so many
# seconds; seeds are SEED to SEED + 4. Fewer than 16 paths a pixel are false economy (weights/HISTORY.md, "Paths a pixel"): with 4 of them sixteen cores that also fed a
# training made 13 worlds and 2.7 estimates a second, whose denoised pictures were no nearer to the truth than the network's own.
# usage: training/farm.sh both|forward RELIGHT OIDN.safetensors OUT SECONDS ESTIMATORS SEED [FLAGS...]    FLAGS: --meshes and --lights of relight synth.
# train.py takes, in OUT, inverse: any things more backs clips; forward: any things clips any_e things_e clips_e. `forward` leaves out what the inverse network
# alone takes, and its worlds have 160 lines, not 192: more of them are rendered.
set -euo pipefail
networks=$1 relight=$2 oidn=$3 out=$4 seconds=$5 estimators=$6 seed=$7
shift 7
here=$(cd "$(dirname "$0")" && pwd)
if [[ $networks != both && $networks != forward ]]; then
    echo "farm.sh: $networks is neither both nor forward" >&2
    exit 2
fi
end=$((SECONDS + seconds))
left() { echo $((end > SECONDS ? end - SECONDS : 1)); }
for kind in any things clips; do mkdir -p "$out/$kind" "$out/${kind}_p" "$out/${kind}_e"; done

# NAME SEED SIDE THREADS FLAGS
render() { timeout "$(left)" "$relight" synth -o "$out/$1" --clips 90000 --seed "$2" --width "$3" --height "$3" --samples 16 --threads "$4" "${@:5}" >"$out/$1.log" 2>&1; }
case $networks in
both)
    mkdir -p "$out/more" "$out/backs"
    render any "$seed" 192 4 --frames 1 "$@" &
    render things $((seed + 2)) 192 2 --kind objects --frames 1 "$@" &
    render more $((seed + 3)) 192 3 --frames 1 --no-shading "$@" &
    render backs $((seed + 4)) 192 1 --kind backdrops --frames 1 --no-shading "$@" &
    ;;
forward)
    render any "$seed" 160 7 --frames 1 "$@" &
    render things $((seed + 2)) 160 4 --kind objects --frames 1 "$@" &
    ;;
esac
render clips $((seed + 1)) 160 1 --frames 3 "$@" &
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
