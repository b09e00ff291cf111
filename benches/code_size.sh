#!/usr/bin/env bash
# How much code a hundred servers make rustc generate, and how many packages a user of `behaviour` gets.
#
# Writes a throw-away crate with a hundred servers (one init, three calls of which one is async, two casts, one info
# each) and a main that uses all of it, builds it in debug, and counts the lines of LLVM IR before optimisation as
# cargo-llvm-lines does: instructions inside functions, without debug records. Beside it the same handlers as plain
# methods, called by the same main, to tell our share from the user's. Lines are counted and not seconds, since they
# come out the same on every machine.
#
# Usage: benches/code_size.sh [-f]      with -f it fails when a mark is missed
set -euo pipefail

mark_lines=320000
mark_packages=30
servers=100

root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export CARGO_TERM_COLOR=never CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$root/target}/code_size"

# A crate that depends on behaviour by its path, with the versions that are locked here.
crate() {
    mkdir -p "$work/$1/src"
    cat >"$work/$1/Cargo.toml" <<TOML
[package]
name = "$1"
version = "0.1.0"
edition = "2024"

[dependencies]
behaviour = { path = "$root" }

[workspace]
TOML
    cp "$root/Cargo.lock" "$work/$1/Cargo.lock"
}

# One server, number $1; with $2 = servers as a gen_server, else as a struct with methods.
server() {
    local n=$1 item='' init='' call='' cast='' info=''
    if [ "$2" = servers ]; then
        item='#[gen_server]' init='#[init]' call='#[call]' cast='#[cast]' info='#[info]'
    fi
    cat <<RUST
/// Server number $n.
$item
pub struct Server$n {
    total: i64,
    names: HashMap<String, i64>,
    lines: Vec<String>,
}

/// A message for server number $n.
#[derive(Clone)]
pub struct Tick$n(pub i64);

$item
impl Server$n {
    $init
    fn init(start: i64) -> Self {
        Self { total: start + $n, names: HashMap::new(), lines: Vec::new() }
    }

    /// The total now.
    $call
    pub fn total(&self) -> i64 {
        self.total
    }

    /// The number under a name.
    $call
    pub fn look_up(&self, name: String) -> Option<i64> {
        self.names.get(&name).copied()
    }

    /// The lines, when they can be had.
    $call
    pub async fn lines(&mut self, from: usize) -> Result<Vec<String>, String> {
        std::future::ready(()).await;
        self.lines.get(from..).map(<[String]>::to_vec).ok_or_else(|| format!("no line {from} in $n"))
    }

    /// Adds to the total.
    $cast
    pub fn add(&mut self, by: i64) {
        self.total += by;
    }

    /// Puts a number under a name.
    $cast
    pub fn note(&mut self, name: String, number: i64) {
        self.lines.push(format!("{name} = {number}"));
        self.names.insert(name, number);
    }

    $info
    fn tick(&mut self, tick: Tick$n) {
        self.total += tick.0;
    }
}

RUST
}

# Uses server number $1, by its client or directly.
use_of() {
    local n=$1
    if [ "$2" = servers ]; then
        cat <<RUST
async fn use_$n() -> Result<i64, Error> {
    let server = Server$n::start($n).await?;
    server.add(2);
    server.note("a".to_string(), 3);
    server.send(Tick$n(4));
    let lines = server.lines(0).await??;
    let found = server.look_up("a".to_string()).await?;
    Ok(server.total().await? + found.unwrap_or_default() + lines.len() as i64)
}

RUST
    else
        cat <<RUST
async fn use_$n() -> Result<i64, Error> {
    let mut server = Server$n::init($n);
    server.add(2);
    server.note("a".to_string(), 3);
    server.tick(Tick$n(4));
    let lines = server.lines(0).await?;
    let found = server.look_up("a".to_string());
    Ok(server.total() + found.unwrap_or_default() + lines.len() as i64)
}

RUST
    fi
}

# The whole program, in the shape $1.
program() {
    printf '#![allow(unused_mut)]\nuse std::collections::HashMap;\n\nuse behaviour::prelude::*;\n\n'
    printf 'type Error = Box<dyn std::error::Error + Send + Sync>;\n\n'
    for n in $(seq "$servers"); do
        server "$n" "$1"
        use_of "$n" "$1"
    done
    printf '#[behaviour::main]\nasync fn main() -> Result<(), Error> {\n    let mut total = 0;\n'
    for n in $(seq "$servers"); do printf '    total += use_%s().await?;\n' "$n"; done
    printf '    println!("{total}");\n    Ok(())\n}\n'
}

# Prints "functions lines" of the crate in the shape $1.
measure() {
    crate "$1"
    if [ "$1" = plain ]; then
        program "$1" | sed '/^use behaviour::prelude/d' >"$work/$1/src/main.rs"
    else
        program "$1" >"$work/$1/src/main.rs"
    fi
    (cd "$work/$1" && CARGO_INCREMENTAL=0 cargo rustc --quiet -- \
        --emit=llvm-ir -C codegen-units=1 -C no-prepopulate-passes -C passes=name-anon-globals) >&2
    # Instructions are indented by two blanks, debug records and continued lines by more.
    find "$CARGO_TARGET_DIR/debug/deps" -name "$1-*.ll" -newer "$work/$1/src/main.rs" -exec cat {} + |
        awk '/^define /{functions++; inside=1; next} /^}/{inside=0} inside && /^  [^ ]/{lines++} END{print functions, lines}'
}

rm -f "$CARGO_TARGET_DIR"/debug/deps/{servers,plain}-*.ll
read -r functions lines < <(measure servers)
read -r plain_functions plain_lines < <(measure plain)
packages=$(cd "$work/servers" && cargo tree --quiet -e normal --prefix none | sed 's/ (\*)$//' | sort -u | wc -l)

verdict() { if [ "$1" -le "$2" ]; then echo reached; else echo missed; fi; }
printf '%-52s %10s %10s\n' '' figure 'at most'
printf '%-52s %10d %10d  %s\n' "LLVM IR lines, debug, of $servers servers" "$lines" $mark_lines "$(verdict "$lines" $mark_lines)"
printf '%-52s %10d\n' '  functions' "$functions"
printf '%-52s %10d\n' '  lines of the same code without servers' "$plain_lines"
printf '%-52s %10d\n' '  functions of the same code without servers' "$plain_functions"
printf '%-52s %10d %10d  %s\n' 'packages in cargo tree -e normal of a user' "$packages" $mark_packages "$(verdict "$packages" $mark_packages)"

if [ "${1:-}" = -f ]; then
    [ "$lines" -le $mark_lines ] && [ "$packages" -le $mark_packages ]
fi
