//! The migrations are part of the program: a new file must build it anew.

#[allow(clippy::print_stdout, reason = "this is how a build script speaks to Cargo")]
fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
