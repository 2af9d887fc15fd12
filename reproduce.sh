#!/usr/bin/env bash
# Runs the whole assignment for both attention variants, with and without pretraining.
# A second run skips what is done and unchanged, and continues a broken-off training.
set -eo pipefail  # no -u: macOS has bash 3.2, to which an empty array is unset
caller=$PWD
cd -- "$(dirname -- "$0")"

usage() {
    cat <<'TEXT'
bash reproduce.sh [options]
  --quick            shows the effect in minutes: a small model, 300 people of the corpus; writes
                     into the folder quick/ only
  --recipe NAME      a recipe of src/recipes.py (default: handout with a GPU, text without)
  --budget X         times the recipe's epochs and schedule (default: 1)
  --max_epochs N     instead of the recipe's, in every training
  --seed N           (default: 0)
  --device NAME      cuda or cpu (default: CUDA if there is one)
  --corpus PATH      (default: wiki.txt)
  --train PATH       (default: birth_places_train.tsv)
  --dev PATH         (default: birth_dev.tsv)
  --test PATH        (default: birth_test_inputs.tsv)
  --keep             keeps the parameters after every epoch too, for benchmarks/accuracy/learning_curve.py:
                     1.1 GB with the recipe text, 19 GB with handout; trains anew what lacks them
  --fresh            forget what is done and start over
TEXT
}

# A path as seen from where the caller stands.
find_file() {
    case $1 in
        /*) echo "$1" ;;
        *) echo "$caller/$1" ;;
    esac
}

recipe= corpus=wiki.txt train=birth_places_train.tsv
dev=birth_dev.tsv test=birth_test_inputs.tsv fresh=no from_scratch= keep= training=() device=()
out= people= length=
while [ $# -gt 0 ]; do
    case $1 in
        --quick) out=quick/; shift; continue ;;
        --fresh) fresh=yes; shift; continue ;;
        --keep) keep=--keep_every=1; shift; continue ;;
        -h | --help) usage; exit 0 ;;
        --recipe | --budget | --max_epochs | --seed | --device | --corpus | --train | --dev | --test) ;;
        *) echo "error: unknown option $1" >&2; usage >&2; exit 2 ;;
    esac
    [ $# -gt 1 ] || { echo "error: $1 needs a value" >&2; exit 2; }
    case $1 in
        --recipe) recipe=$2 ;;
        --budget | --max_epochs)
            [ -z "$length" ] || { echo "error: $length and $1 both set the length: give one of them" >&2; exit 2; }
            length=$1 training+=("$1" "$2")
            ;;
        --seed) training+=("$1" "$2") ;;
        --device) device=("$1" "$2") ;;
        --corpus) corpus=$(find_file "$2") ;;
        --train) train=$(find_file "$2") ;;
        --dev) dev=$(find_file "$2") ;;
        --test) test=$(find_file "$2") ;;
    esac
    shift 2
done
case $recipe in -*) echo "error: --recipe needs a name" >&2; exit 2 ;; esac
for file in "$corpus" "$train" "$dev" "$test"; do
    [ -f "$file" ] && [ -r "$file" ] || { echo "error: $file: no readable file: give its path, see --help" >&2; exit 2; }
done
grep -q $'\t' "$dev" || { echo "error: $dev: no answers in it: give a question, a tab and the answer on each line" >&2; exit 2; }

. ./setup.sh
install requirements.txt
has_gpu() {
    [ "${device[1]}" != cpu ] && .venv/bin/python - <<'PYTHON'
import sys

sys.path.insert(0, "src")
from training.devices import choose_device

sys.exit(choose_device().type != "cuda")
PYTHON
}
if [ -n "$out" ]; then
    recipe=${recipe:-quick}
elif [ -z "$recipe" ]; then
    if has_gpu; then recipe=handout; else recipe=text; fi
fi
if [ -n "$out" ]; then
    part=$(.venv/bin/python corpus/part.py --corpus "$corpus" --train "$train" --dev "$dev" \
        --test "$test" --out_dir quick) || exit 2
    echo "$part" >&2
    corpus=quick/wiki.txt train=quick/birth_places_train.tsv
    dev=quick/birth_dev.tsv test=quick/birth_test_inputs.tsv
    people=", ${part%% *} people"
fi
records=${out}.reproduce
# Whether the recipe's objective learns from the training pairs what to ask.
# Mistaken options are found here, before anything is forgotten.
reads_pairs=$(.venv/bin/python - --recipe "$recipe" "${training[@]}" "${device[@]}" <<'PYTHON'
import sys

sys.path.insert(0, "src")
from runs.options import parse
from training.devices import choose_device
from text.files import InputError
from objectives.table import find_objective

needed = ["--writing_params_path=x", "--finetune_corpus_path=x"]
try:
    options = parse(["finetune", "vanilla", "corpus", *needed, *sys.argv[1:]])
    choose_device(options["device"])
except InputError as error:
    sys.exit(f"error: {error}")
print(find_objective(options["recipe"]).reads_pairs)
PYTHON
) || exit 2
[ "$fresh" = no ] || { rm -rf "$records"; from_scratch=--fresh; }
mkdir -p "$records"
masking=() learned_from=()
[ "$reads_pairs" = False ] || { masking=(--finetune_corpus_path "$train"); learned_from=("$train"); }
# What is done is done anew once the code has changed.
code=$(find src -name '*.py' | LC_ALL=C sort | xargs cat | cksum)
count=0 total=14

# Whether the files 1, 2 and so on are in OUTPUT.epochs, up to the one that is the same as OUTPUT.
has_kept() {
    local epoch=1
    until cmp -s "$1" "$1.epochs/$epoch"; do
        [ -f "$1.epochs/$epoch" ] || return
        epoch=$((epoch + 1))
    done
}

# step OUTPUT INPUT... -- ARGUMENTS of run.py: makes OUTPUT, unless it was made before with the same
# arguments, settings and inputs. A file that was made otherwise is kept as OUTPUT.previous. With --keep
# a training also counts as not made if it has not kept its parameters.
step() {
    local output=$out$1 inputs=() before record name=$1 fresh=$from_scratch keep=$keep previous
    shift
    while [ "$1" != -- ]; do inputs+=("$1"); shift; done
    shift
    count=$((count + 1)) record=$records/$name previous=$records/$name.previous
    local log=(--log_path "$record.jsonl")
    [ "$1" != evaluate ] || fresh= keep= log=()  # options of a training
    before=$(echo "$@" "$code"; cksum -- "${inputs[@]}")
    if [ -f "$output" ] && [ "$before $(cksum < "$output")" = "$(cat "$record.made" 2>/dev/null)" ] &&
        { [ -z "$keep" ] || has_kept "$output"; }; then
        echo "[$count/$total] $output: done before" >&2
        return
    fi
    echo "[$count/$total] $output: $1 $2" >&2
    # run.py replaces a file by another one, so that a second name keeps it. Some disks have no second names.
    [ ! -e "$output" ] || ln -fL "$output" "$previous" 2> /dev/null || cp -pf "$output" "$previous"
    .venv/bin/python src/run.py "$@" "${device[@]}" "${log[@]}" $keep $fresh > "$record.out" || {
        local code=$?
        echo "Stopped at $output; what is done before it is kept for the next time (without --fresh)." >&2
        exit "$code"
    }
    [ ! -e "$previous" ] || mv -f "$previous" "$output.previous"
    echo "$before $(cksum < "$output")" > "$record.made"
}

# finetune VARIANT WRITING [READING]
finetune() {
    local reading=()
    [ $# -lt 3 ] || reading=(--reading_params_path "$out$3")
    step "$2" "$corpus" "$train" ${3:+"$out$3"} -- finetune "$1" "$corpus" "${reading[@]}" \
        --writing_params_path "$out$2" --finetune_corpus_path "$train" --recipe "$recipe" "${training[@]}"
}

# evaluate VARIANT READING QUESTIONS OUTPUT
evaluate() {
    step "$4" "$corpus" "$out$2" "$3" -- evaluate "$1" "$corpus" --reading_params_path "$out$2" \
        --eval_corpus_path "$3" --outputs_path "$out$4"
}

for variant in vanilla synthesizer; do
    finetune "$variant" "$variant.model.params"
    evaluate "$variant" "$variant.model.params" "$dev" "$variant.nopretrain.dev.predictions"
    evaluate "$variant" "$variant.model.params" "$test" "$variant.nopretrain.test.predictions"

    step "$variant.pretrain.params" "$corpus" "${learned_from[@]}" -- pretrain "$variant" "$corpus" \
        --writing_params_path "$out$variant.pretrain.params" --recipe "$recipe" "${masking[@]}" \
        "${training[@]}"
    finetune "$variant" "$variant.finetune.params" "$variant.pretrain.params"
    evaluate "$variant" "$variant.finetune.params" "$dev" "$variant.pretrain.dev.predictions"
    evaluate "$variant" "$variant.finetune.params" "$test" "$variant.pretrain.test.predictions"
done

# accuracy < OUTPUT-OF-EVALUATE: "20.4 %"
accuracy() { sed -n 's/^Correct: .*: \(.*\)%$/\1/p' | LC_ALL=C awk '{ printf "%.1f %%\n", $1 }'; }

echo
echo "Accuracy on $dev, recipe $recipe$people"
printf '%-14s%20s%18s\n' variant "without pretraining" "with pretraining"
for variant in vanilla synthesizer; do
    printf '%-14s%20s%18s\n' "$variant" \
        "$(accuracy < "$records/$variant.nopretrain.dev.predictions.out")" \
        "$(accuracy < "$records/$variant.pretrain.dev.predictions.out")"
done
printf '%-14s%20s\n' "all \"London\"" "$(.venv/bin/python london_baseline.py "$dev" | accuracy)"

# The page of it all. The results above stand without it, so a failure, such as of the network, ends nothing.
make_report() {
    local is_there='from importlib.util import find_spec; exit(not (find_spec("matplotlib") and find_spec("sklearn")))'
    .venv/bin/python -c "$is_there" || install requirements-report.txt || {
        echo "No report: run .venv/bin/python -m pip install -r requirements-report.txt, then this again" >&2
        return
    }
    .venv/bin/python page/make_report.py --folder "${out:-.}" --corpus "$corpus" --dev "$dev" --train "$train" ||
        echo "No report, for the reason above" >&2
}
echo
make_report

echo
echo "Predictions, one line a question:"
printf '  %s\n' "$out"*.predictions
if [ -n "$out" ]; then
    echo "That was a part of the corpus. The whole assignment: bash reproduce.sh"
else
    echo "bash collect_submission.sh packs them into assignment5.zip"
fi
