//! Puts every template into the program, so that another language is a folder and nothing else.

use std::{env, error::Error, fmt::Write as _, fs, path::Path};

#[allow(clippy::print_stdout, reason = "this is how a build script speaks to Cargo")]
#[allow(clippy::disallowed_methods, reason = "this is how Cargo speaks to a build script")]
fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=templates");
    let mut files = Vec::new();
    for folder in fs::read_dir("templates")? {
        let folder = folder?;
        for file in fs::read_dir(folder.path())? {
            let name = format!("{}/{}", folder.file_name().to_string_lossy(), file?.file_name().to_string_lossy());
            files.push(name);
        }
    }
    files.sort();
    let mut list = String::from("&[\n");
    for name in files {
        writeln!(list, "({name:?}, include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/templates/{name}\"))),")?;
    }
    list.push(']');
    fs::write(Path::new(&env::var("OUT_DIR")?).join("templates.rs"), list)?;
    Ok(())
}
