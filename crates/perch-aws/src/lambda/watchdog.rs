//! Sees to it that no function outlives the stage, even when the stage is killed in a way that it cannot catch.
//!
//! A shell waits on a pipe that only the stage holds open. It is told of every process group that the stage starts and
//! ends; when the pipe closes, for whatever reason, it kills those that are left. It sits in a process group of its own,
//! as Ctrl-C in a terminal reaches the whole group of the stage. `docs/decisions/0051` has the alternatives.

use std::io::{self, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Mutex;

use crate::lock::lock;

const SCRIPT: &str = r#"
all=' '
while read -r what group; do
  case $what in
    add) all="$all$group " ;;
    del) all="${all%% $group *} ${all#* $group }" ;;
  esac
done
for group in $all; do kill -s KILL -- "-$group"; done
"#;

pub(super) struct Watchdog {
    shell: Mutex<Child>,
    pipe: Mutex<Option<ChildStdin>>,
}

impl Watchdog {
    pub(super) fn start() -> io::Result<Self> {
        let mut shell = Command::new("/bin/sh")
            .args(["-c", SCRIPT])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .current_dir("/")
            .env_clear()
            .process_group(0)
            .spawn()?;
        let pipe = Mutex::new(shell.stdin.take());
        let shell = Mutex::new(shell);
        Ok(Watchdog { shell, pipe })
    }

    pub(super) fn add(&self, group: u32) {
        self.tell("add", group);
    }

    pub(super) fn remove(&self, group: u32) {
        self.tell("del", group);
    }

    fn tell(&self, what: &str, group: u32) {
        if let Some(pipe) = lock(&self.pipe).as_mut() {
            // Somebody killed the shell: the functions still end with the stage, unless it is killed too.
            let _ = pipe.write_all(format!("{what} {group}\n").as_bytes());
        }
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        *lock(&self.pipe) = None;
        let _ = lock(&self.shell).wait();
    }
}
