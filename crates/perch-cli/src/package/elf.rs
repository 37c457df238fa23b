//! What a compiled binary says of itself: its architecture, and the glibc that it needs.

use anyhow::{Context, Result, bail};
use object::elf;
use object::read::elf::{ElfFile64, FileHeader};

/// glibc of Lambda's `provided.al2023`: Amazon Linux 2023 has 2.34 for its whole life.
pub const LAMBDA_GLIBC: (u32, u32) = (2, 34);

/// The instruction sets that Lambda has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Architecture {
    /// 64-bit Arm (Graviton).
    #[value(name = "arm64", alias = "aarch64")]
    Arm64,
    /// 64-bit x86.
    #[value(name = "x86_64", alias = "amd64")]
    X86_64,
}

impl Architecture {
    /// The one of the machine that this runs on, if Lambda has it.
    pub fn of_this_machine() -> Option<Architecture> {
        match std::env::consts::ARCH {
            "aarch64" => Some(Architecture::Arm64),
            "x86_64" => Some(Architecture::X86_64),
            _ => None,
        }
    }

    /// Lambda's name.
    pub fn name(self) -> &'static str {
        match self {
            Architecture::Arm64 => "arm64",
            Architecture::X86_64 => "x86_64",
        }
    }

    /// The Rust target.
    pub fn target(self) -> &'static str {
        match self {
            Architecture::Arm64 => "aarch64-unknown-linux-gnu",
            Architecture::X86_64 => "x86_64-unknown-linux-gnu",
        }
    }
}

/// What matters of an ELF file.
#[derive(Debug, PartialEq, Eq)]
pub struct Binary {
    /// Read from the header, so it is what the machine code is, whatever was asked for.
    pub architecture: Architecture,
    /// The newest glibc whose symbols it needs; `None` for a static one.
    pub glibc: Option<(u32, u32)>,
}

impl Binary {
    /// Reads an ELF file's header and the versions of the symbols that it imports.
    ///
    /// # Errors
    /// Not a 64-bit little-endian ELF file for Linux, or an architecture that Lambda lacks.
    pub fn read(bytes: &[u8]) -> Result<Binary> {
        let file = ElfFile64::<object::Endianness>::parse(bytes)
            .context("not a 64-bit ELF file, the form of a Linux program")?;
        let endian = file.endian();
        let header = file.elf_header();
        let architecture = match header.e_machine(endian) {
            elf::EM_AARCH64 => Architecture::Arm64,
            elf::EM_X86_64 => Architecture::X86_64,
            other => {
                bail!("machine code of ELF type {other:?}, but Lambda runs only arm64 and x86_64")
            }
        };
        let sections = header
            .sections(endian, bytes)
            .context("damaged ELF sections")?;
        let mut glibc = None;
        if let Some((mut needed, link)) = sections
            .gnu_verneed(endian, bytes)
            .context("damaged ELF symbol versions")?
        {
            let strings = sections
                .strings(endian, bytes, link)
                .context("damaged ELF strings")?;
            while let Some((_, mut versions)) =
                needed.next().context("damaged ELF symbol versions")?
            {
                while let Some(version) = versions.next().context("damaged ELF symbol versions")? {
                    let name = version.name(endian, strings).ok();
                    let name = name.and_then(|name| std::str::from_utf8(name).ok());
                    glibc = glibc.max(name.and_then(glibc_version));
                }
            }
        }
        Ok(Binary {
            architecture,
            glibc,
        })
    }

    /// Refuses what would not start on Lambda for want of a newer glibc.
    ///
    /// # Errors
    /// Names the version needed and the one that is there.
    pub fn check_glibc(&self) -> Result<()> {
        match self.glibc {
            Some((major, minor)) if (major, minor) > LAMBDA_GLIBC => bail!(
                "the binary needs glibc {major}.{minor}, but Lambda's provided.al2023 has {}.{}: build it with zig as the linker (`make package` does)",
                LAMBDA_GLIBC.0,
                LAMBDA_GLIBC.1
            ),
            _ => Ok(()),
        }
    }
}

/// `GLIBC_2.34` and `GLIBC_2.2.5` as numbers; the third one never decides. `None` for other versions, as
/// `GLIBC_PRIVATE` or `GCC_3.0`.
fn glibc_version(name: &str) -> Option<(u32, u32)> {
    let mut parts = name.strip_prefix("GLIBC_")?.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}
