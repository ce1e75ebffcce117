use std::{
    io,
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Child, Command, Stdio},
};

/// Waits until its input closes, which also happens when the test process is killed, then ends the process whose id the
/// file in the folder tells, if it is one of that folder, and removes the folder.
const SCRIPT: &str = r#"
cat >/dev/null
[ -d "$1" ] || exit 0
pid=$(head -n 1 "$1/$2" 2>/dev/null) || pid=
case "$pid" in
    '' | *[!0-9]*) ;;
    *) case "$(ps -o args= -p "$pid" 2>/dev/null)" in *"$1"*) kill -QUIT "$pid" ;; esac ;;
esac
for _ in 1 2 3 4 5; do
    sleep 1
    rm -rf -- "$1" 2>/dev/null && exit 0
done
"#;

/// A helper process that cleans up after this one, however this one ends.
pub(crate) struct Guardian {
    process: Child,
}

impl Guardian {
    /// The file is named as seen from the folder; its first line is the id of the process to end.
    pub(crate) fn watch(folder: &Path, process_file: &str) -> io::Result<Self> {
        let process = Command::new("sh")
            .args(["-c", SCRIPT, "guardian"])
            .arg(folder)
            .arg(process_file)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Outside the group of the tests, so that what ends them all leaves it to clean up.
            .process_group(0)
            .spawn()?;
        Ok(Self { process })
    }

    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// To be called when the folder is gone: there is nothing left to do then.
    pub(crate) fn dismiss(&mut self) {
        drop(self.process.stdin.take());
        self.process.wait().ok();
    }
}
