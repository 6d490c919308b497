//! Content codings, decoded as they come, with the caps on decoded bytes.

use std::io::{self, Write};

use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};
use flate2::write::MultiGzDecoder;
use flate2::{Decompress, FlushDecompress, Status};

const BLOCK: usize = 16 * 1024;

/// A content coding (RFC 9110, section 8.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are the RFC's")]
pub enum Coding {
    Identity,
    Gzip,
    Deflate,
    Brotli,
}

impl Coding {
    /// Reads a Content-Encoding field; `None` for an unknown coding, or more than one.
    pub fn parse(value: &str) -> Option<Self> {
        match value.to_ascii_lowercase().as_str() {
            "" | "identity" => Some(Self::Identity),
            "gzip" | "x-gzip" => Some(Self::Gzip),
            "deflate" => Some(Self::Deflate),
            "br" => Some(Self::Brotli),
            _ => None,
        }
    }
}

/// Which cap a body has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    /// That of one body.
    Body,
    /// That of all bodies of the event.
    Event,
}

/// Why a body cannot be decoded.
#[derive(Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// It is longer than a cap.
    Full(Full),
    /// It is not in its coding.
    Malformed,
}

/// What a body is collected in.
pub struct Body<'a> {
    bytes: Vec<u8>,
    most: usize,
    /// What the event may still receive. Bytes that came count, whatever becomes of them.
    budget: &'a mut usize,
    full: Option<Full>,
}

impl<'a> Body<'a> {
    /// An empty one.
    pub fn new(most: usize, budget: &'a mut usize) -> Self {
        Self {
            bytes: Vec::new(),
            most,
            budget,
            full: None,
        }
    }

    /// The cap that so many bytes more would pass.
    pub fn passed_by(&self, length: u64) -> Option<Full> {
        let room = self.most - self.bytes.len();
        let fits = usize::try_from(length).is_ok_and(|length| length <= room.min(*self.budget));
        match fits {
            true => None,
            false if *self.budget < room => Some(Full::Event),
            false => Some(Full::Body),
        }
    }

    fn add(&mut self, piece: &[u8]) -> Result<(), DecodeError> {
        self.full = self.passed_by(piece.len() as u64);
        *self.budget = self.budget.saturating_sub(piece.len());
        if let Some(full) = self.full {
            return Err(DecodeError::Full(full));
        }
        self.bytes.extend_from_slice(piece);
        Ok(())
    }
}

impl Write for Body<'_> {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        match self.add(piece) {
            Ok(()) => Ok(piece.len()),
            Err(_) => Err(io::ErrorKind::FileTooLarge.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

type Brotli = BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>;

enum Stream<'a> {
    Identity(Body<'a>),
    Gzip(Box<MultiGzDecoder<Body<'a>>>),
    /// The state is there as soon as the first byte is.
    Deflate(Body<'a>, Option<Decompress>),
    Brotli(Body<'a>, Box<Brotli>),
}

/// Decodes one body as it comes.
pub struct Decoder<'a> {
    stream: Stream<'a>,
    started: bool,
    /// Whether the coding has come to its own end.
    ended: bool,
}

impl<'a> Decoder<'a> {
    /// A decoder into an empty body.
    pub fn new(coding: Coding, body: Body<'a>) -> Self {
        let stream = match coding {
            Coding::Identity => Stream::Identity(body),
            Coding::Gzip => Stream::Gzip(Box::new(MultiGzDecoder::new(body))),
            Coding::Deflate => Stream::Deflate(body, None),
            Coding::Brotli => {
                let alloc = StandardAlloc::default;
                Stream::Brotli(body, Box::new(BrotliState::new(alloc(), alloc(), alloc())))
            }
        };
        Self {
            stream,
            started: false,
            ended: false,
        }
    }

    /// Takes a piece.
    pub fn write(&mut self, piece: &[u8]) -> Result<(), DecodeError> {
        if piece.is_empty() {
            return Ok(());
        }
        self.started = true;
        if self.ended {
            return Err(DecodeError::Malformed);
        }
        match &mut self.stream {
            Stream::Identity(body) => body.add(piece),
            Stream::Gzip(decoder) => decoder.write_all(piece).map_err(|_| fault_of(decoder.get_ref())),
            Stream::Deflate(body, state) => {
                // The name means zlib (RFC 9110, section 8.4.1.2); some servers send bare deflate, which no zlib
                // header looks like.
                let state = state.get_or_insert_with(|| Decompress::new(piece[0] & 0x0f == 8));
                self.ended = inflate(state, piece, body)?;
                Ok(())
            }
            Stream::Brotli(body, state) => {
                self.ended = unbrotli(state, piece, body)?;
                Ok(())
            }
        }
    }

    /// The whole body. One without a byte is whole where `may_be_empty`, and then empty in every coding.
    pub fn finish(self, may_be_empty: bool) -> Result<Vec<u8>, DecodeError> {
        if !self.started && may_be_empty {
            return Ok(Vec::new());
        }
        match self.stream {
            Stream::Identity(body) => Ok(body.bytes),
            Stream::Gzip(mut decoder) => match decoder.try_finish() {
                Ok(()) => Ok(std::mem::take(&mut decoder.get_mut().bytes)),
                Err(_) => Err(fault_of(decoder.get_ref())),
            },
            Stream::Deflate(body, _) | Stream::Brotli(body, _) if self.ended => Ok(body.bytes),
            Stream::Deflate(..) | Stream::Brotli(..) => Err(DecodeError::Malformed),
        }
    }
}

fn fault_of(body: &Body<'_>) -> DecodeError {
    body.full.map_or(DecodeError::Malformed, DecodeError::Full)
}

/// Whether the stream has ended, which it must with the piece.
fn inflate(state: &mut Decompress, mut piece: &[u8], body: &mut Body<'_>) -> Result<bool, DecodeError> {
    let mut block = [0; BLOCK];
    loop {
        let (read, written) = (state.total_in(), state.total_out());
        let status = state
            .decompress(piece, &mut block, FlushDecompress::None)
            .map_err(|_| DecodeError::Malformed)?;
        let (read, written) = (
            (state.total_in() - read) as usize,
            (state.total_out() - written) as usize,
        );
        body.add(&block[..written])?;
        piece = &piece[read..];
        match status {
            Status::StreamEnd if piece.is_empty() => return Ok(true),
            Status::StreamEnd => return Err(DecodeError::Malformed),
            _ if written < BLOCK && piece.is_empty() => return Ok(false),
            _ if read == 0 && written == 0 => return Err(DecodeError::Malformed),
            _ => {}
        }
    }
}

fn unbrotli(state: &mut Brotli, piece: &[u8], body: &mut Body<'_>) -> Result<bool, DecodeError> {
    let mut block = [0; BLOCK];
    let (mut left, mut at) = (piece.len(), 0);
    loop {
        let (mut room, mut written, mut total) = (BLOCK, 0, 0);
        let result = BrotliDecompressStream(
            &mut left,
            &mut at,
            piece,
            &mut room,
            &mut written,
            &mut block,
            &mut total,
            state,
        );
        body.add(&block[..written])?;
        match result {
            BrotliResult::NeedsMoreOutput => {}
            BrotliResult::NeedsMoreInput => return Ok(false),
            BrotliResult::ResultSuccess if left == 0 => return Ok(true),
            BrotliResult::ResultSuccess | BrotliResult::ResultFailure => return Err(DecodeError::Malformed),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    fn text() -> Vec<u8> {
        b"hello ".repeat(10_000)
    }

    fn coded(coding: &str) -> (Coding, Vec<u8>) {
        let level = Compression::default();
        let mut zlib = ZlibEncoder::new(Vec::new(), level);
        let mut raw = DeflateEncoder::new(Vec::new(), level);
        let mut gzip = GzEncoder::new(Vec::new(), level);
        zlib.write_all(&text()).unwrap();
        raw.write_all(&text()).unwrap();
        gzip.write_all(&text()).unwrap();
        match coding {
            "zlib" => (Coding::Deflate, zlib.finish().unwrap()),
            "raw" => (Coding::Deflate, raw.finish().unwrap()),
            _ => (Coding::Gzip, gzip.finish().unwrap()),
        }
    }

    fn decode(coding: Coding, bytes: &[u8], most: usize, budget: usize) -> Result<Vec<u8>, DecodeError> {
        let mut budget = budget;
        let mut decoder = Decoder::new(coding, Body::new(most, &mut budget));
        for piece in bytes.chunks(7) {
            decoder.write(piece)?;
        }
        decoder.finish(false)
    }

    #[test]
    fn the_caps_are_on_decoded_bytes() {
        for (coding, bytes) in ["zlib", "raw", "gzip"].map(coded) {
            assert_eq!(decode(coding, &bytes, 60_000, 60_000), Ok(text()));
            assert_eq!(decode(coding, &bytes, 60_001, 60_001), Ok(text()));
            assert_eq!(
                decode(coding, &bytes, 59_999, 60_000),
                Err(DecodeError::Full(Full::Body))
            );
            assert_eq!(
                decode(coding, &bytes, 60_000, 59_999),
                Err(DecodeError::Full(Full::Event))
            );
        }
    }

    #[test]
    fn a_body_must_be_its_coding_and_nothing_more() {
        for (coding, bytes) in ["zlib", "raw", "gzip"].map(coded) {
            let cut = &bytes[..bytes.len() - 1];
            assert_eq!(decode(coding, cut, 60_000, 60_000), Err(DecodeError::Malformed));
            let more = [&bytes[..], b"x"].concat();
            assert_eq!(decode(coding, &more, 60_000, 60_000), Err(DecodeError::Malformed));
            assert_eq!(decode(coding, b"", 60_000, 60_000), Err(DecodeError::Malformed));
        }
        let (gzip, bytes) = coded("gzip");
        assert_eq!(decode(gzip, &bytes.repeat(2), 120_000, 120_000), Ok(text().repeat(2)));
    }

    #[test]
    fn brotli_is_decoded() {
        // What `brotliCompressSync("abc")` of Node gives.
        let bytes = [0x0b, 0x01, 0x80, b'a', b'b', b'c', 0x03];
        assert_eq!(decode(Coding::Brotli, &bytes, 3, 3), Ok(b"abc".to_vec()));
        assert_eq!(decode(Coding::Brotli, &bytes, 2, 3), Err(DecodeError::Full(Full::Body)));
        assert_eq!(decode(Coding::Brotli, &bytes[..6], 3, 3), Err(DecodeError::Malformed));
        assert_eq!(
            decode(Coding::Brotli, &[&bytes[..], b"x"].concat(), 3, 3),
            Err(DecodeError::Malformed)
        );
    }

    #[test]
    fn an_empty_body_is_empty_in_every_coding_where_its_end_is_declared() {
        let mut budget = 0;
        let decoder = Decoder::new(Coding::Gzip, Body::new(0, &mut budget));
        assert_eq!(decoder.finish(true), Ok(Vec::new()));
    }
}
