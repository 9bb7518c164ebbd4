//! [`Decoder`]: a compressed file as the bytes that were compressed.

use std::{
    error::Error,
    fmt,
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::Path,
};

use flate2::read::MultiGzDecoder;
use ruzstd::decoding::{
    BlockDecodingStrategy, FrameDecoder,
    errors::{FrameDecoderError, ReadFrameHeaderError},
};
use schemars::JsonSchema;
use serde::Deserialize;

/// How a file may be compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Decompression {
    /// As its first bytes say, and its name while it has none.
    #[default]
    Auto,
    /// Not at all.
    None,
    /// By gzip, in one or more members.
    Gzip,
    /// By Zstandard, in one or more frames.
    Zstd,
}

/// How a file is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Plain,
    Gzip,
    Zstd,
    /// It is too short to say, and its name promises an archive.
    Unknown,
}

impl Decompression {
    /// Returns whether the name of a file promises an archive.
    pub(crate) fn is_promised(path: &Path) -> bool {
        let extension = path.extension().and_then(|extension| extension.to_str());
        matches!(extension, Some("gz" | "gzip" | "zst" | "zstd"))
    }

    /// Says how the file called `path` is compressed that starts with `head`.
    pub(crate) fn of(self, path: &Path, head: &[u8]) -> Format {
        match (self, head) {
            (Self::None, _) => Format::Plain,
            (Self::Gzip, _) => Format::Gzip,
            (Self::Zstd, _) => Format::Zstd,
            (Self::Auto, [0x1f, 0x8b, ..]) => Format::Gzip,
            (Self::Auto, [0x28, 0xb5, 0x2f, 0xfd, ..]) => Format::Zstd,
            // A frame to be skipped stands in front, as `pzstd` writes it.
            (Self::Auto, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..]) => Format::Zstd,
            (Self::Auto, head) if head.len() < 4 && Self::is_promised(path) => Format::Unknown,
            (Self::Auto, _) => Format::Plain,
        }
    }
}

/// A compressed file as the bytes that were compressed.
///
/// It fails with `UnexpectedEof` if the rest is missing, and with `InvalidData` if it is damaged.
pub(crate) enum Decoder {
    Gzip(Box<MultiGzDecoder<File>>),
    Zstd(Box<Frames>),
}

impl Decoder {
    /// Reads `file` from its start.
    pub(crate) fn new(file: File, format: Format) -> Self {
        match format {
            Format::Zstd => Self::Zstd(Box::new(Frames {
                source: BufReader::new(file),
                decoder: FrameDecoder::new(),
                state: State::Between,
            })),
            Format::Plain | Format::Gzip | Format::Unknown => {
                Self::Gzip(Box::new(MultiGzDecoder::new(file)))
            }
        }
    }

    /// Reads until `buffer` is full or nothing comes any more.
    pub(crate) fn fill(&mut self, buffer: &mut Vec<u8>, most: usize) -> io::Result<usize> {
        let mut part = self.take(most as u64);
        part.read_to_end(buffer)
    }
}

impl Read for Decoder {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Gzip(decoder) => decoder.read(buffer).map_err(|error| match error.kind() {
                io::ErrorKind::InvalidInput => io::Error::new(io::ErrorKind::InvalidData, error),
                _ => error,
            }),
            Self::Zstd(frames) => frames.read(buffer),
        }
    }
}

impl fmt::Debug for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gzip(_) => "Decoder(gzip)",
            Self::Zstd(_) => "Decoder(zstd)",
        })
    }
}

/// The frames of a Zstandard file, one after the other.
pub(crate) struct Frames {
    source: BufReader<File>,
    decoder: FrameDecoder,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Between,
    Inside,
}

impl Frames {
    /// Starts the next frame; returns whether there is one.
    fn start(&mut self) -> io::Result<bool> {
        loop {
            if self.source.fill_buf()?.is_empty() {
                return Ok(false);
            }
            match self.decoder.init(&mut self.source) {
                Ok(()) => return Ok(true),
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    let mut skipped = (&mut self.source).take(length.into());
                    if io::copy(&mut skipped, &mut io::sink())? < u64::from(length) {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                }
                Err(error) => return Err(self.failed(error)),
            }
        }
    }

    fn finish(&self) -> io::Result<()> {
        match (
            self.decoder.get_checksum_from_data(),
            self.decoder.get_calculated_checksum(),
        ) {
            (Some(expected), Some(found)) if expected != found => Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("checksum: expected {expected:08x}, found {found:08x}"),
            )),
            _ => Ok(()),
        }
    }

    /// Tells a file whose rest is missing from a damaged one.
    fn failed(&mut self, error: impl Error + Send + Sync + 'static) -> io::Error {
        match self.source.fill_buf() {
            Ok([]) => io::Error::new(io::ErrorKind::UnexpectedEof, error),
            Ok(_) => io::Error::new(io::ErrorKind::InvalidData, error),
            Err(error) => error,
        }
    }
}

impl Read for Frames {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.state == State::Between {
                if !self.start()? {
                    return Ok(0);
                }
                self.state = State::Inside;
            }
            if self.decoder.can_collect() > 0 {
                return self.decoder.read(buffer);
            }
            if self.decoder.is_finished() {
                self.finish()?;
                self.state = State::Between;
                continue;
            }
            let one = BlockDecodingStrategy::UptoBlocks(1);
            if let Err(error) = self.decoder.decode_blocks(&mut self.source, one) {
                return Err(self.failed(error));
            }
        }
    }
}
