#!/usr/bin/env bash
# Copies what cloud/azure.sky.yaml has left in the bucket into the folder results/RECIPE: all of it, even of a
# run that has not ended yet.
#     bash cloud/fetch.sh [RECIPE]      (default: handout)
set -euo pipefail
cd -- "$(dirname -- "$0")/.."
bucket=birth-places recipe=${1:-handout}

command -v az > /dev/null || { echo "error: no az: enter the environment with requirements-cloud.txt" >&2; exit 2; }
accounts=$(az storage account list --query "[?starts_with(name, 'sky')].name" --output tsv) || {
    echo "error: Azure lists no storage accounts, for the reason above: az login?" >&2
    exit 2
}
# SkyPilot makes a storage account for each region; their names begin with sky.
for account in $accounts; do
    exists=$(az storage container exists --account-name "$account" --name "$bucket" --query exists --output tsv)
    case $exists in [Tt]rue) ;; *) continue ;; esac
    mkdir -p results
    az storage blob download-batch --account-name "$account" --source "$bucket" --pattern "$recipe/*" \
        --destination results --overwrite true --output none
    [ -d "results/$recipe" ] || { echo "error: the bucket has no $recipe/ yet" >&2; exit 1; }
    echo "Copied to results/$recipe:"
    ls "results/$recipe"
    exit
done
echo "error: no bucket $bucket in this Azure account: has sky jobs launch made it? Is az login another account's?" >&2
exit 1
