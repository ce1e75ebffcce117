# Short names for what one does here; each recipe can be typed out just as well.

set shell := ["bash", "-euo", "pipefail", "-c"]

# List the recipes
default:
    @just --list --unsorted

# Start the service in development mode
run *arguments:
    cargo run -- {{ arguments }}

# Run every test against the real parts
test *arguments:
    cargo suite {{ arguments }}

# Run the tests that use PostgreSQL and Redis on containers
containers *arguments:
    cargo suite --containers {{ arguments }}

# Format everything
fmt:
    cargo fmt --all

# Judge the code without running it: format, lints, arrows, documentation
check:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --all-features -- -D warnings
    cargo test --quiet --package backstop-architecture
    just docs

# Build the documentation; a broken link fails
docs:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

# Race redemptions over several processes and stores, in full
races rounds="100":
    BACKSTOP_ROUNDS={{ rounds }} cargo suite -- -p backstop-e2e race

# Kill the service at its fault points, in full
crashes rounds="20":
    BACKSTOP_ROUNDS={{ rounds }} cargo suite -- -p backstop-e2e crash

# Kill and pause workers over a long queue
workers tasks="10000":
    BACKSTOP_TASKS={{ tasks }} cargo suite -- -p backstop-e2e -E 'binary(working)'

# Purge in full, killed in the middle and beside redemptions; a third as many codes are live
purge codes="300000":
    BACKSTOP_PURGE_CODES={{ codes }} cargo suite -- -p backstop-e2e --test purging --no-capture

# Measure, each number beside its limit
bench *arguments:
    cargo run --release --package backstop-bench -- {{ arguments }}

# Compare the console's lists over a million accounts and ten million codes with the same over few; takes long
bench-large *arguments:
    cargo run --release --package backstop-bench -- large {{ arguments }}

# Compare how long refusing takes for each cause
timing *arguments:
    cargo run --release --package backstop-bench -- timing {{ arguments }}

# Make the container images from the programs of this machine
images:
    tests/backends/images/postgres.sh
    tests/backends/images/redis.sh

# Send generated requests to a running service, for as many seconds as given
fuzz-api seconds="60":
    tests/e2e/fuzz-api.sh {{ seconds }}

# Take a picture of every page in every state, in both themes, wide and narrow
screenshots folder="docs/images":
    cargo run --quiet --package backstop-e2e --example screenshots -- {{ folder }}

# Judge licences, banned crates and sources of the dependencies
deny:
    cargo deny check licenses bans sources

# Print the OpenAPI document
openapi:
    @cargo run --quiet -- openapi

# Print the configuration reference
config-reference:
    @cargo run --quiet -- config-reference

# Take the pictures of docs/mails.md again, with chromium
mail-pictures:
    docs/mails/take.sh

# Run what the continuous integration runs
ci:
    .ci/run
