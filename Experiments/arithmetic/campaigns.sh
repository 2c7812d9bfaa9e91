#!/usr/bin/env bash
# Runs the complete campaigns and writes their results to reports/verification/.
# Each stage can be run alone: campaigns.sh pairs | unary | fp32 | fp32-unary | fma | native | audit |
# elementary | units
# An interrupted stage is taken up again by --resume, which a campaign without checkpoint ignores.
set -uo pipefail
cd "$(dirname "$0")/../.."
halfway=${HALFWAY:-.build/release/halfway}
out=reports/verification
mkdir -p "$out"

# run NAME ARGUMENT...: one command, its result in NAME.json; findings (status 1) are a result too.
run() {
  local name=$1 status=0
  shift
  echo "halfway $*"
  "$halfway" "$@" --export "$out/$name.json" | head -n 1 || status=$?
  [ "$status" -le 1 ] || exit "$status"
}

# verify NAME ARGUMENT...: one campaign, taken up where an earlier run was interrupted.
verify() {
  local name=$1
  shift
  run "$name" verify "$@" --checkpoint "$out/$name.checkpoint" --resume
}

# All 2^32 pairs of the 16-bit formats, five roundings with flags.
pairs() {
  for format in fp16 bf16; do
    for operation in add sub mul div; do
      verify "$operation-$format-exhaustive" "$operation" --format "$format" --rounding ieee \
        --cases exhaustive --subject batch
    done
  done
}

# All 2^16 operands of the unary operations of the 16-bit formats.
unary() {
  for format in fp16 bf16; do
    verify "unary-$format-exhaustive" sqrt roundToIntegral nextUp nextDown logB toInt32 toInt64 \
      convert --format "$format" --rounding all --cases exhaustive --subject batch
  done
}

# All 2^32 operands of FP32's unary operations.
fp32-unary() {
  verify sqrt-fp32-exhaustive sqrt --format fp32 --rounding ieee --cases exhaustive --subject batch
  verify roundToIntegral-fp32-exhaustive roundToIntegral --format fp32 --rounding ieee \
    --cases exhaustive --subject batch
  for to in fp16 bf16 e4m3 e5m2; do
    verify "convert-fp32-$to-exhaustive" convert --format fp32 --to "$to" --rounding ieee \
      --cases exhaustive --subject batch
  done
  verify cast-exhaustive convert --format fp32 --to fp16,bf16 --cases exhaustive \
    --subject tensor-cast
}

# More than 10^9 cases of FP32's binary operations and fma.
fp32() {
  for operation in add sub mul div fma; do
    verify "$operation-fp32-level2" "$operation" --format fp32 --rounding ieee \
      --cases level2,coverage,random:20000000 --subject batch
  done
}

# FP8's fma completely; FP16's by classes of significands and alignments.
fma() {
  for format in e4m3 e5m2; do
    verify "fma-$format-exhaustive" fma --format "$format" --rounding all --cases exhaustive \
      --subject batch
  done
  for format in fp16 bf16; do
    verify "fma-$format-level2" fma --format "$format" --rounding ieee \
      --cases level2,coverage,random:20000000 --subject batch
  done
  verify fma-fp16-significands fma --format fp16 --rounding ieee --cases significands \
    --subject batch
}

# The processor's own operations, whose failures are the proof that the instrument works.
native() {
  verify native-fp16-level2 add sub mul div sqrt fma --format fp16 --cases level2 --subject native
  verify native-bf16-level2 add sub mul div sqrt fma --format bf16 --cases level2 --subject native
  verify cast-native-exhaustive convert --format fp32 --to fp16,bf16 --cases exhaustive \
    --subject native
}

# The reference's shortcut against MPFR's own roundings.
audit() {
  for format in fp16 bf16; do
    for operation in add sub mul div; do
      run "audit-$operation-$format" audit "$operation" --format "$format"
    done
  done
}

# exp, log, tanh, ...: every number of FP32, FP16 and BF16, and samples of FP64.
elementary() {
  run elementary-fp32 elementary --format fp32
  run elementary-16bit elementary --format fp16,bf16
  run elementary-fp64 elementary --format fp64 --samples 10000000
}

# Every matrix unit against its definition and exact numbers.
units() {
  run units units
}

for stage in "${@:-all}"; do
  case $stage in
    all) pairs; unary; fp32-unary; fp32; fma; native; audit; elementary; units ;;
    pairs | unary | fp32-unary | fp32 | fma | native | audit | elementary | units) "$stage" ;;
    *) echo "no stage '$stage': pairs, unary, fp32-unary, fp32, fma, native, audit, elementary, units"; exit 64 ;;
  esac
done
