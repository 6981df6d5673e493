#!/usr/bin/env bash
# One more round of learning on two cores, from new worlds to weights: relight synth renders CLIPS of them, denoise.py cleans their pictures, for the forward
# network the inverse one estimates buffers of a fifth of them from pictures that photograph.py takes, and train.py learns for so many minutes from the weights
# that the program has. OUT/run gets its log, curves and a sheet of worlds away from training; OUT/half.safetensors is the mean of the weights before and after.
# The same command goes on where it stopped. Two cores render 1 to 2.5 worlds a second with shading and learn 13 to 22 pictures a second: 3000 clips and 60
# minutes make a round of two hours. A seed that was used before gives worlds that were learned already; weights/README.md and HISTORY.md name those.
# usage: training/round.sh inverse|forward RELIGHT OUT SEED CLIPS MINUTES [FLAGS...]    FLAGS: --meshes and --lights of relight synth; PYTHON may name another.
set -euo pipefail
network=$1 relight=$2 out=$3 seed=$4 clips=$5 minutes=$6
shift 6
here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-python3}
weights=$here/../weights/$network.safetensors
export OMP_NUM_THREADS=1

# NAME SEED CLIPS FRAMES FLAGS
render() { "$relight" synth -o "$out/$1" --seed "$2" --clips "$3" --frames "$4" --width 160 --height 160 --samples 16 "${@:5}"; }
case $network in
inverse) special=(backs --kind backdrops) pace=(--rate 5e-4 --drop 0.1) unlit=(--no-shading) ;;
forward) special=(rooms --kind rooms) pace=(--rate 4e-4) unlit=() ;;
*)
    echo "round.sh: $network is neither inverse nor forward" >&2
    exit 2
    ;;
esac
render any "$seed" $((clips * 6 / 10)) 1 "${unlit[@]}" "$@"
render things $((seed + 1)) $((clips * 3 / 10)) 1 --kind objects "${unlit[@]}" "$@"
render "${special[0]}" $((seed + 2)) $((clips / 10)) 1 "${special[@]:1}" "${unlit[@]}" "$@"
render clips $((seed + 3)) $((clips / 50)) 3 "${unlit[@]}" "$@"
render valid $((seed + 1000000)) 48 1 "${unlit[@]}" "$@"
shards=("$out/any" "$out/things" "$out/${special[0]}" "$out/clips")
"$python" "$here/denoise.py" "$out/any" &
"$python" "$here/denoise.py" "${shards[@]:1}" "$out/valid"
wait $!

if [ "$network" = forward ]; then
    for kind in any things; do
        "$python" "$here/photograph.py" "$out/$kind" "$out/${kind}_p" --clips $((clips / 10))
        "$relight" synth --shade "$out/${kind}_p" --estimate "$here/../weights/inverse.safetensors" -o "$out/${kind}_e"
        shards+=("$out/${kind}_e")
    done
fi
"$python" -m torch.distributed.run --nproc-per-node 2 -- "$here/train.py" "$network" --shards "${shards[@]}" --valid "$out/valid" --run "$out/run" --start "$weights" \
    --minutes "$minutes" --bf16 --fuse --threads 1 --one-step 1 "${pace[@]}" --stages 128:8:1+160:5:1+128:8:1+128:3:3:1
"$python" "$here/mean.py" "$weights" "$out/run/$network.safetensors" 0.5 "$out/half.safetensors"
echo "$out/half.safetensors: keep it if eval and own worlds say so"
