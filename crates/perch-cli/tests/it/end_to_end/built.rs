//! The zips of `make package`, which `make test` runs first.

use std::fs;
use std::io::Read;

use perch_cli::package::elf::{Binary, LAMBDA_GLIBC};

use crate::project::repository;

#[test]
fn the_built_bots_start_on_lambda() {
    for name in ["mendes", "tryo"] {
        let path = repository().join("dist").join(name).with_extension("zip");
        let file = fs::File::open(&path)
            .unwrap_or_else(|_| panic!("dist/{name}.zip is missing: make package"));
        let mut archive = zip::ZipArchive::new(file).expect("a zip");
        let comment = archive.comment().to_vec();
        let mut bytes = Vec::new();
        archive
            .by_name("bootstrap")
            .expect("bootstrap")
            .read_to_end(&mut bytes)
            .expect("the file");
        let binary = Binary::read(&bytes).expect("an ELF file");
        assert_eq!(
            comment,
            format!("architecture={}", binary.architecture.name()).as_bytes()
        );
        assert!(
            binary.glibc.is_some_and(|glibc| glibc <= LAMBDA_GLIBC),
            "{name}: {binary:?}"
        );
        let here = repository().to_string_lossy().into_owned();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(&here), "{name} holds this folder's name");
        assert!(
            !text.contains("/.cargo/registry"),
            "{name} holds cargo's folder"
        );
    }
}
