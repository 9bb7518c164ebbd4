//! Files as base64 of their descriptors.
//!
//! A registry answers them if it is asked for `format=serialized`.

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use connect_api::Result;
use prost_reflect::{
    prost::Message,
    prost_types::{
        DescriptorProto, FieldDescriptorProto, FileDescriptorProto, UninterpretedOption,
        uninterpreted_option::NamePart,
    },
};

use super::options::META;
use crate::protobuf::wire::{Cursor, WireType};

/// The numbers of fields of `google/protobuf/descriptor.proto`, and of the extension for Confluent's options.
mod number {
    pub(super) const MESSAGES_OF_FILE: u32 = 4;
    pub(super) const FIELDS_OF_MESSAGE: u32 = 2;
    pub(super) const NESTED_OF_MESSAGE: u32 = 3;
    pub(super) const OPTIONS_OF_FIELD: u32 = 8;
    pub(super) const META: u32 = 1088;
    pub(super) const PARAMS_OF_META: u32 = 2;
}

/// Reads a descriptor; `None` if the text is something else.
pub(super) fn parse(text: &str) -> Option<FileDescriptorProto> {
    let bytes = Bytes::from(STANDARD.decode(text.trim()).ok()?);
    let mut file = FileDescriptorProto::decode(bytes.clone()).ok()?;
    let messages = parts(Cursor::new(&bytes), number::MESSAGES_OF_FILE).ok()?;
    for (message, part) in file.message_type.iter_mut().zip(messages) {
        add_parameters(message, part).ok()?;
    }
    Some(file)
}

/// Puts the options that only Confluent knows to the others; the depth is bounded by the decoder of descriptors.
fn add_parameters(message: &mut DescriptorProto, cursor: Cursor<'_>) -> Result<()> {
    let fields = parts(cursor.clone(), number::FIELDS_OF_MESSAGE)?;
    for (field, part) in message.field.iter_mut().zip(fields) {
        for options in parts(part, number::OPTIONS_OF_FIELD)? {
            for meta in parts(options, number::META)? {
                add_meta(field, meta)?;
            }
        }
    }
    let nested = parts(cursor, number::NESTED_OF_MESSAGE)?;
    for (message, part) in message.nested_type.iter_mut().zip(nested) {
        add_parameters(message, part)?;
    }
    Ok(())
}

fn add_meta(field: &mut FieldDescriptorProto, meta: Cursor<'_>) -> Result<()> {
    for entry in parts(meta, number::PARAMS_OF_META)? {
        let text = |number| -> Result<String> {
            let found = parts(entry.clone(), number)?;
            let found = found.last().map(Cursor::rest).unwrap_or_default();
            let escaped = String::from_utf8_lossy(&found).escape_default().to_string();
            Ok(escaped)
        };
        let option = UninterpretedOption {
            name: [META, "params"]
                .map(|part| NamePart {
                    name_part: part.to_owned(),
                    is_extension: part == META,
                })
                .into(),
            aggregate_value: Some(format!("key: \"{}\" value: \"{}\"", text(1)?, text(2)?)),
            ..UninterpretedOption::default()
        };
        field
            .options
            .get_or_insert_default()
            .uninterpreted_option
            .push(option);
    }
    Ok(())
}

/// Returns every part of a message that stands under a number.
fn parts(mut cursor: Cursor<'_>, number: u32) -> Result<Vec<Cursor<'_>>> {
    let mut parts = Vec::new();
    while !cursor.is_empty() {
        let tag = cursor.tag()?;
        if tag.number == number && tag.wire == WireType::Length {
            parts.push(cursor.nested()?);
        } else {
            cursor.skip(tag)?;
        }
    }
    Ok(parts)
}
