//! [`parse`]: the offsets file of Java's standalone worker.

use bytes::Bytes;

/// The keys and values of an offsets file, as they would be in the offsets topic; `None` is a tombstone.
pub(super) type Entries = Vec<(Bytes, Option<Bytes>)>;

/// Reads the offsets file of Java's standalone worker, or says what was found instead.
///
/// It is a `HashMap<byte[], byte[]>` as `ObjectOutputStream` writes it: Java Object Serialization Specification 6.4.2.
pub(super) fn parse(file: &Bytes) -> Result<Entries, String> {
    let mut stream = Stream {
        rest: file.clone(),
        handles: Vec::new(),
    };
    stream.expect(&[0xac, 0xed, 0, 5], "a stream of serialized Java objects")?;
    stream.map_description()?;
    stream.handles.push(Handle::Map);
    // The load factor and the threshold, which say how Java's table was filled.
    stream.take(8)?;
    stream.expect(&[BLOCK_DATA, 8], "the size of the map")?;
    stream.take(4)?;
    let size = stream.number()?;
    let mut entries = Vec::new();
    for _ in 0..size {
        let key = stream.bytes()?.ok_or("expected a key, found null")?;
        entries.push((key, stream.bytes()?));
    }
    stream.expect(&[END_BLOCK_DATA], "the end of the map")?;
    match stream.rest.len() {
        0 => Ok(entries),
        more => Err(format!(
            "expected the end of the file, found {more} more bytes"
        )),
    }
}

const NULL: u8 = 0x70;
const REFERENCE: u8 = 0x71;
const CLASS_DESCRIPTION: u8 = 0x72;
const OBJECT: u8 = 0x73;
const ARRAY: u8 = 0x75;
const BLOCK_DATA: u8 = 0x77;
const END_BLOCK_DATA: u8 = 0x78;
/// What the first handle of a stream is called in references.
const FIRST_HANDLE: u32 = 0x7e_0000;

/// Behind the name of `HashMap`: its version, that it writes itself, its two fields, no annotations, no superclass.
const HASH_MAP: &[u8] =
    b"\x05\x07\xda\xc1\xc3\x16\x60\xd1\x03\x00\x02F\x00\x0aloadFactorI\x00\x09threshold\x78\x70";
/// Behind the name of `byte[]`: its version, that it is serializable, no fields, no annotations, no superclass.
const BYTE_ARRAY: &[u8] = b"\xac\xf3\x17\xf8\x06\x08\x54\xe0\x02\x00\x00\x78\x70";

/// What was read, in the order in which references count it.
enum Handle {
    MapDescription,
    Map,
    ArrayDescription,
    Array(Bytes),
}

struct Stream {
    rest: Bytes,
    handles: Vec<Handle>,
}

impl Stream {
    fn take(&mut self, count: usize) -> Result<Bytes, String> {
        match count <= self.rest.len() {
            true => Ok(self.rest.split_to(count)),
            false => Err(format!(
                "expected {count} more bytes, found {}",
                self.rest.len()
            )),
        }
    }

    fn expect(&mut self, bytes: &[u8], what: &str) -> Result<(), String> {
        match self.take(bytes.len())? == *bytes {
            true => Ok(()),
            false => Err(format!("expected {what}, found something else")),
        }
    }

    fn number(&mut self) -> Result<u32, String> {
        let bytes = self.take(4)?;
        Ok(bytes
            .iter()
            .fold(0, |number, byte| number << 8 | u32::from(*byte)))
    }

    fn name(&mut self) -> Result<Bytes, String> {
        let length = self.take(2)?;
        self.take(usize::from(length[0]) << 8 | usize::from(length[1]))
    }

    fn map_description(&mut self) -> Result<(), String> {
        self.expect(&[OBJECT, CLASS_DESCRIPTION], "an object")?;
        let name = self.name()?;
        if *name != *b"java.util.HashMap" {
            let found = String::from_utf8_lossy(&name);
            return Err(format!("expected a `java.util.HashMap`, found a `{found}`"));
        }
        self.handles.push(Handle::MapDescription);
        self.expect(HASH_MAP, "the fields of a `java.util.HashMap`")
    }

    /// Reads an array of bytes, or null.
    fn bytes(&mut self) -> Result<Option<Bytes>, String> {
        match self.take(1)?[0] {
            NULL => Ok(None),
            REFERENCE => match self.reference()? {
                Handle::Array(bytes) => Ok(Some(bytes.clone())),
                _ => Err("expected a reference to an array of bytes, found another".to_owned()),
            },
            ARRAY => {
                self.array_description()?;
                let length = self.number()?;
                let bytes = self.take(usize::try_from(length).unwrap_or(usize::MAX))?;
                self.handles.push(Handle::Array(bytes.clone()));
                Ok(Some(bytes))
            }
            other => Err(format!(
                "expected an array of bytes or null, found type {other:#04x}"
            )),
        }
    }

    fn array_description(&mut self) -> Result<(), String> {
        match self.take(1)?[0] {
            REFERENCE => match self.reference()? {
                Handle::ArrayDescription => Ok(()),
                _ => Err("expected a reference to the class `byte[]`, found another".to_owned()),
            },
            CLASS_DESCRIPTION => {
                let name = self.name()?;
                if *name != *b"[B" {
                    let found = String::from_utf8_lossy(&name);
                    return Err(format!("expected an array of bytes, found a `{found}`"));
                }
                self.handles.push(Handle::ArrayDescription);
                self.expect(BYTE_ARRAY, "the class `byte[]`")
            }
            other => Err(format!("expected a class, found type {other:#04x}")),
        }
    }

    fn reference(&mut self) -> Result<&Handle, String> {
        let number = self.number()?;
        let index = number.checked_sub(FIRST_HANDLE).map(|index| index as usize);
        let handle = index.and_then(|index| self.handles.get(index));
        handle.ok_or_else(|| format!("expected a reference to something before, found {number:#x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Written by Java 17.
    const FOUR: &[u8] = include_bytes!("four.offsets");
    const TREE: &[u8] = include_bytes!("tree.offsets");

    fn read(bytes: &'static [u8]) -> Result<Entries, String> {
        parse(&Bytes::from_static(bytes))
    }

    #[test]
    fn a_file_of_java_is_read() {
        let text = |bytes: &Bytes| String::from_utf8(bytes.to_vec()).unwrap();
        let entries = read(FOUR).unwrap();
        let entries: Vec<_> = entries
            .iter()
            .map(|(key, value)| (text(key), value.as_ref().map(text)))
            .collect();
        let entry = |key: &str, value: Option<&str>| (key.to_owned(), value.map(str::to_owned));
        let expected = [
            entry(r#"["gone",{"filename":"gone.txt"}]"#, None),
            entry(
                r#"["local-file-source",{"filename":"test.txt"}]"#,
                Some(r#"{"position":42}"#),
            ),
            entry(
                r#"["other",{"filename":"é.txt"}]"#,
                Some(r#"{"position":7}"#),
            ),
            // The same array twice is written once.
            entry(r#"["untracked",null]"#, Some(r#"["untracked",null]"#)),
        ];
        assert_eq!(entries, expected);
    }

    #[test]
    fn other_files_are_refused_with_what_was_found() {
        assert_eq!(
            read(TREE).unwrap_err(),
            "expected a `java.util.HashMap`, found a `java.util.TreeMap`"
        );
        assert_eq!(
            read(b"{\"a\": 1}").unwrap_err(),
            "expected a stream of serialized Java objects, found something else"
        );
        for end in 1..FOUR.len() {
            read(&FOUR[..end]).unwrap_err();
        }
    }
}
