#!/usr/bin/env bash
# Runs the whole assignment for vanilla and another attention variant, with and without pretraining.
# Repeated, the command skips what is done and unchanged, and continues a broken-off training.
set -eo pipefail  # no -u: macOS has bash 3.2, to which an empty array is unset
caller=$PWD
cd -- "$(dirname -- "$0")"

usage() {
    cat <<'TEXT'
bash reproduce.sh [options]
  --quick            a small model, 300 people, minutes; writes into the folder quick/ only
  --variant NAME     the attention variant beside vanilla (default: synthesizer)
  --recipe NAME      a recipe of src/recipes.py (default: with a GPU the variant's, else text)
  --budget X, --max_epochs N, --seed N, --device NAME    as of src/run.py, in every training
  --corpus, --train, --dev, --test PATH      instead of the shipped files
  --keep             also keep each epoch's parameters in OUTPUT.epochs: 1.1 GB (text), 19 (handout)
  --fresh            forget what is done and start over, as after a change of the code
TEXT
}
fail() { echo "error: $1: see --help" >&2; exit 2; }

corpus=wiki.txt train=birth_places_train.tsv dev=birth_dev.tsv test=birth_test_inputs.tsv
out= other=synthesizer recipe= people= fresh= keep= options=() device=()
while [ $# -gt 0 ]; do
    option=$1 value=$2
    case $option in
        --quick) out=quick/ ;;
        --fresh) fresh=--fresh ;;
        --keep) keep=--keep_every=1 ;;
        -h | --help) usage; exit 0 ;;
        --variant) other=$value; shift ;;
        --recipe) recipe=$value; shift ;;
        --budget | --max_epochs | --seed) options+=("$option" "$value"); shift ;;
        --device) device=("$option" "$value"); shift ;;
        --corpus | --train | --dev | --test)
            [[ $value = /* ]] || value=$caller/$value
            printf -v "${option#--}" %s "$value"; shift ;;
        *) fail "unknown option $option" ;;
    esac
    shift || fail "$option needs a value"
done
for file in "$corpus" "$train" "$dev" "$test"; do
    [ -f "$file" ] && [ -r "$file" ] || fail "$file: not a readable file"
done
grep -q $'\t' "$dev" || fail "$dev: give a question, a tab and its answer on each line"

. ./setup.sh
install requirements.txt
if [ -n "$out" ]; then
    files=(--corpus "$corpus" --train "$train" --dev "$dev" --test "$test" --out_dir "$out")
    part=$(.venv/bin/python corpus/part.py "${files[@]}")
    echo "$part" >&2
    recipe=${recipe:-quick} people=", ${part%% *} people" corpus=quick/wiki.txt
    train=quick/birth_places_train.tsv dev=quick/birth_dev.tsv test=quick/birth_test_inputs.tsv
fi
decide='import sys; sys.path.insert(0, "src")
from attention import ATTENTION
from objectives.table import find_objective
from recipes import RECIPES, default_recipe
from training.devices import choose_device
variant, recipe, train, device = sys.argv[1:]
others = [each for each in ATTENTION if each != "vanilla"]
variant in others or sys.exit(f"error: --variant {variant}: not one of {others}")
has_gpu = device != "cpu" and choose_device(None).type == "cuda"
recipe = recipe or (default_recipe(variant) if has_gpu else "text")
reads_pairs = recipe in RECIPES and find_objective(recipe).reads_pairs  # run.py refuses others
print(recipe, train if reads_pairs else "")'
read -r recipe pairs \
    < <(.venv/bin/python -c "$decide" "$other" "$recipe" "$train" "${device[1]}") || exit 2

records=${out}.reproduce count=0
mkdir -p "$records"
[ -z "$fresh" ] || rm -f "$records"/*.made
trap '[ $? = 0 ] || echo "Stopped: the same command continues here, without --fresh" >&2' EXIT

# What a step depends on: its arguments and, by checksum, the files among them, its output too.
describe() { echo "$@"; cksum -- "$@" 2> /dev/null || true; }
# step OUTPUT ARGUMENTS: calls run.py, unless the same was done before and its files are unchanged.
step() {
    local output=$1 record=$records/${1##*/} training=()
    shift
    [ "$1" = evaluate ] || training=(--log_path "$record.jsonl" $keep $fresh)
    count=$((count + 1))
    if [ "$(describe "$@")" = "$(cat "$record.made" 2> /dev/null)" ] &&
        { [ "$1" = evaluate ] || [ -z "$keep" ] || [ -d "$output.epochs" ]; }; then
        echo "[$count/14] $output: done before" >&2
        return
    fi
    echo "[$count/14] $output: $1 $2" >&2
    .venv/bin/python src/run.py "$@" "${device[@]}" "${training[@]}" > "$record.out"
    describe "$@" > "$record.made"
}

# train FUNCTION VARIANT OUTPUT [PAIRS] [START]
train() {
    step "$out$3" "$1" "$2" "$corpus" --writing_params_path "$out$3" --recipe "$recipe" \
        ${4:+--finetune_corpus_path "$4"} ${5:+--reading_params_path "$out$5"} "${options[@]}"
}

# evaluate VARIANT PARAMETERS NAME: answers the questions of dev and test.
evaluate() {
    for table in dev test; do
        predictions=$out$1.$3.$table.predictions
        step "$predictions" evaluate "$1" "$corpus" --reading_params_path "$out$2" \
            --eval_corpus_path "${!table}" --outputs_path "$predictions"
    done
}

for variant in vanilla "$other"; do
    train finetune "$variant" "$variant.model.params" "$train"
    evaluate "$variant" "$variant.model.params" nopretrain
    train pretrain "$variant" "$variant.pretrain.params" "$pairs"
    train finetune "$variant" "$variant.finetune.params" "$train" "$variant.pretrain.params"
    evaluate "$variant" "$variant.finetune.params" pretrain
done

# accuracy < what evaluate printed: "20.4 %"
accuracy() { sed -n 's/^Correct: .*: \(.*\)%$/\1/p' | LC_ALL=C awk '{ printf "%.1f %%\n", $1 }'; }
row() { printf '%-14s%20s%18s\n' "$@"; }
score() { accuracy < "$records/$1.dev.predictions.out"; }
printf '\nAccuracy on %s\n' "$dev, recipe $recipe$people"
row variant "without pretraining" "with pretraining"
row vanilla "$(score vanilla.nopretrain)" "$(score vanilla.pretrain)"
row "$other" "$(score "$other.nopretrain")" "$(score "$other.pretrain")"
row 'all "London"' "$(.venv/bin/python london_baseline.py "$dev" | accuracy)" ""
# The results stand without the page, so that its failure, as of the network, ends nothing.
install requirements-report.txt &&
    .venv/bin/python page/make_report.py --folder "${out:-.}" --corpus "$corpus" --dev "$dev" \
        --train "$train" || echo "No report, for the reason above" >&2
printf '%s\n' "$out"*.predictions "bash collect_submission.sh $other packs those of all people"
