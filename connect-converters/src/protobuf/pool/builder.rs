//! Parsed files to a [`Pool`].

use std::collections::{HashMap, HashSet};

use connect_api::{Error, Result};
use prost_reflect::prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto,
    field_descriptor_proto::{Label, Type},
};

use super::{
    Cardinality, Enum, EnumId, Field, Kind, Message, MessageId, Oneof, Openness, Packing, Pool,
    Presence, Scalar, known, options, serialized,
};
use crate::registry::Resolved;

/// How many files a schema may consist of.
const FILES: usize = 1000;

pub(super) fn build(schema: &Resolved) -> Result<Pool> {
    let mut files = Files::default();
    files.add(None, parse("schema.proto", &schema.text)?, &[schema])?;
    let mut builder = Builder::default();
    let declared: Vec<_> = files
        .list
        .iter()
        .map(|(_, file)| builder.declare(file))
        .collect();
    let declared: Vec<_> = declared.into_iter().collect::<Result<_>>()?;
    for ((_, file), ids) in files.list.iter().zip(&declared) {
        builder.define_all(file, ids)?;
    }
    let main = files.main();
    let roots = declared[main].clone();
    builder.number(&roots);
    Ok(Pool {
        package: files.list[main].1.package().into(),
        messages: builder.messages,
        enums: builder.enums,
        roots,
        by_name: builder.message_names,
    })
}

/// Reads the text of a file, or the base64 of its descriptor.
fn parse(name: &str, text: &str) -> Result<FileDescriptorProto> {
    match protox::file::File::from_source(name, text) {
        Ok(file) => Ok(file.into()),
        Err(error) => serialized::parse(text)
            .ok_or_else(|| Error::rejected(format!("expected a `.proto` file: {error}"))),
    }
}

/// A file and its imports, each once, under the names by which they are imported.
#[derive(Default)]
struct Files {
    list: Vec<(Option<String>, FileDescriptorProto)>,
    seen: HashSet<String>,
}

impl Files {
    /// Adds a file and what it imports: by its own references, by those of files that import it, or what is well known.
    fn add(
        &mut self,
        name: Option<String>,
        file: FileDescriptorProto,
        scopes: &[&Resolved],
    ) -> Result<()> {
        if self.list.len() >= FILES {
            return Err(Error::rejected(format!(
                "expected at most {FILES} files in a schema, found more"
            )));
        }
        let imports = file.dependency.clone();
        self.list.push((name, file));
        for import in imports {
            if !self.seen.insert(import.clone()) {
                continue;
            }
            let referred = scopes.iter().rev().find_map(|scope| {
                let mut references = scope.references.iter();
                references
                    .find(|(name, _)| *name == import)
                    .map(|(_, schema)| &**schema)
            });
            match referred {
                Some(schema) => {
                    let parsed = parse(&import, &schema.text);
                    let parsed = parsed.map_err(|error| error.context(format!("`{import}`")))?;
                    let inner: Vec<_> = scopes.iter().copied().chain([schema]).collect();
                    self.add(Some(import), parsed, &inner)?;
                }
                None => match known::file(&import)? {
                    Some(parsed) => self.add(Some(import), parsed, scopes)?,
                    None => {
                        return Err(Error::rejected(format!(
                            "`{import}` is imported: expected it among the references of the schema, found no such name"
                        )));
                    }
                },
            }
        }
        Ok(())
    }

    /// Returns the file whose messages count: a file without any that imports another one publicly stands for that.
    fn main(&self) -> usize {
        let (_, file) = &self.list[0];
        if !file.message_type.is_empty() || !file.enum_type.is_empty() {
            return 0;
        }
        let [public] = file.public_dependency.as_slice() else {
            return 0;
        };
        let import = usize::try_from(*public)
            .ok()
            .and_then(|at| file.dependency.get(at));
        let found = self
            .list
            .iter()
            .position(|(name, _)| name.is_some() && name.as_ref() == import);
        found.unwrap_or(0)
    }
}

#[derive(Default)]
struct Builder {
    messages: Vec<Message>,
    enums: Vec<Enum>,
    message_names: HashMap<String, MessageId>,
    enum_names: HashMap<String, EnumId>,
}

impl Builder {
    /// Gives every message and enum of a file a place; returns those of the messages that stand in no other.
    fn declare(&mut self, file: &FileDescriptorProto) -> Result<Vec<MessageId>> {
        let openness = if is_proto3(file) {
            Openness::Open
        } else {
            Openness::Closed
        };
        for of in &file.enum_type {
            self.declare_enum(file.package(), of, openness)?;
        }
        let messages = file.message_type.iter();
        messages
            .map(|message| self.declare_message(file.package(), message, openness))
            .collect()
    }

    fn declare_message(
        &mut self,
        scope: &str,
        message: &DescriptorProto,
        openness: Openness,
    ) -> Result<MessageId> {
        let full_name = join(scope, message.name());
        let id = self.messages.len();
        if self.message_names.insert(full_name.clone(), id).is_some() {
            return Err(twice(&full_name));
        }
        self.messages.push(Message {
            name: message.name().into(),
            full_name: full_name.as_str().into(),
            fields: Vec::new(),
            oneofs: Vec::new(),
            nested: Vec::new(),
            path: None,
        });
        for of in &message.enum_type {
            self.declare_enum(&full_name, of, openness)?;
        }
        for nested in &message.nested_type {
            let nested_id = self.declare_message(&full_name, nested, openness)?;
            // What a `map<…>` stands for is not in the text.
            if !nested
                .options
                .as_ref()
                .is_some_and(|options| options.map_entry())
            {
                self.messages[id].nested.push(nested_id);
            }
        }
        Ok(id)
    }

    fn declare_enum(
        &mut self,
        scope: &str,
        of: &EnumDescriptorProto,
        openness: Openness,
    ) -> Result<()> {
        let full_name = join(scope, of.name());
        let known = self.enum_names.insert(full_name.clone(), self.enums.len());
        if known.is_some() || self.message_names.contains_key(&full_name) {
            return Err(twice(&full_name));
        }
        let values = of.value.iter();
        self.enums.push(Enum {
            name: of.name().into(),
            full_name: full_name.into(),
            values: values
                .map(|value| (value.name().into(), value.number()))
                .collect(),
            openness,
        });
        Ok(())
    }

    fn define_all(&mut self, file: &FileDescriptorProto, ids: &[MessageId]) -> Result<()> {
        for (message, id) in file.message_type.iter().zip(ids) {
            self.define(file, message, *id)?;
        }
        Ok(())
    }

    fn define(
        &mut self,
        file: &FileDescriptorProto,
        message: &DescriptorProto,
        id: MessageId,
    ) -> Result<()> {
        let scope = self.messages[id].full_name.to_string();
        let real = real_oneofs(message);
        let mut fields = Vec::with_capacity(message.field.len());
        let mut names = HashSet::new();
        let mut numbers = HashSet::new();
        for field in &message.field {
            if !names.insert(field.name()) || !numbers.insert(field.number()) {
                return Err(twice(&join(&scope, field.name())));
            }
            let defined = self.field(file, &scope, field, &real);
            fields.push(
                defined.map_err(|error| error.context(format!("`{scope}.{}`", field.name())))?,
            );
        }
        let oneofs = message.oneof_decl.iter().zip(&real);
        self.messages[id].oneofs = oneofs
            .filter(|(_, place)| place.is_some())
            .map(|(oneof, _)| Oneof {
                name: oneof.name().into(),
                full_name: join(&scope, oneof.name()).into(),
            })
            .collect();
        self.messages[id].fields = fields;
        for nested in &message.nested_type {
            let id = self.message_names[&join(&scope, nested.name())];
            self.define(file, nested, id)?;
        }
        Ok(())
    }

    fn field(
        &self,
        file: &FileDescriptorProto,
        scope: &str,
        field: &FieldDescriptorProto,
        real_oneofs: &[Option<usize>],
    ) -> Result<Field> {
        let Ok(number @ 1..=0x1FFF_FFFF) = u32::try_from(field.number()) else {
            return Err(Error::rejected(format!(
                "expected a field number between 1 and 536870911, found {}",
                field.number()
            )));
        };
        let kind = self.kind(scope, field)?;
        let cardinality = match field.label() {
            Label::Optional => Cardinality::Single,
            Label::Required => Cardinality::Required,
            Label::Repeated => Cardinality::Repeated,
        };
        let at = field
            .oneof_index
            .and_then(|index| usize::try_from(index).ok());
        let oneof = at.and_then(|at| real_oneofs.get(at).copied().flatten());
        let oneof = oneof.filter(|_| !field.proto3_optional());
        let proto3 = is_proto3(file);
        let presence = if field.proto3_optional() {
            Presence::Proto3Optional
        } else if oneof.is_some()
            || matches!(kind, Kind::Message(_) | Kind::Group)
            || cardinality == Cardinality::Required
        {
            Presence::Explicit
        } else if proto3 {
            Presence::Implicit
        } else {
            Presence::Proto2Optional
        };
        let told = field.options.as_ref().and_then(options::packed);
        Ok(Field {
            name: field.name().into(),
            number,
            kind,
            cardinality,
            oneof,
            presence,
            packing: if told.unwrap_or(proto3) {
                Packing::Packed
            } else {
                Packing::Unpacked
            },
            default: field.default_value.clone(),
            parameters: field
                .options
                .as_ref()
                .map(options::parameters)
                .unwrap_or_default(),
        })
    }

    fn kind(&self, scope: &str, field: &FieldDescriptorProto) -> Result<Kind> {
        if field.r#type.is_some() && field.r#type() == Type::Group {
            return Ok(Kind::Group);
        }
        if let Some(name) = &field.type_name {
            return self.resolve(scope, name).ok_or_else(|| {
                Error::rejected(format!("expected a message or an enum, found no `{name}`"))
            });
        }
        let scalar = match field.r#type() {
            Type::Double => Scalar::Double,
            Type::Float => Scalar::Float,
            Type::Int64 => Scalar::Int64,
            Type::Uint64 => Scalar::UInt64,
            Type::Int32 => Scalar::Int32,
            Type::Fixed64 => Scalar::Fixed64,
            Type::Fixed32 => Scalar::Fixed32,
            Type::Bool => Scalar::Bool,
            Type::String => Scalar::String,
            Type::Bytes => Scalar::Bytes,
            Type::Uint32 => Scalar::UInt32,
            Type::Sfixed32 => Scalar::SFixed32,
            Type::Sfixed64 => Scalar::SFixed64,
            Type::Sint32 => Scalar::SInt32,
            Type::Sint64 => Scalar::SInt64,
            Type::Group | Type::Message | Type::Enum => {
                return Err(Error::rejected("expected the name of a type, found none"));
            }
        };
        Ok(Kind::Scalar(scalar))
    }

    /// Finds a type by a name, in the innermost scope that has it.
    fn resolve(&self, scope: &str, name: &str) -> Option<Kind> {
        if let Some(full_name) = name.strip_prefix('.') {
            return self.named(full_name);
        }
        let mut scope = scope;
        loop {
            if let Some(kind) = self.named(&join(scope, name)) {
                return Some(kind);
            }
            if scope.is_empty() {
                return None;
            }
            scope = scope.rsplit_once('.').map_or("", |(outer, _)| outer);
        }
    }

    fn named(&self, full_name: &str) -> Option<Kind> {
        let message = self
            .message_names
            .get(full_name)
            .map(|id| Kind::Message(*id));
        message.or_else(|| self.enum_names.get(full_name).map(|id| Kind::Enum(*id)))
    }

    /// Notes the message indexes of the messages of a file.
    fn number(&mut self, roots: &[MessageId]) {
        let mut open: Vec<_> = roots
            .iter()
            .enumerate()
            .map(|(at, id)| (vec![at], *id))
            .collect();
        while let Some((path, id)) = open.pop() {
            for (at, nested) in self.messages[id].nested.iter().enumerate() {
                open.push(([path.as_slice(), &[at]].concat(), *nested));
            }
            self.messages[id].path = Some(path);
        }
    }
}

/// Returns where each `oneof` stands among those that are not there for an `optional` of proto3.
fn real_oneofs(message: &DescriptorProto) -> Vec<Option<usize>> {
    let is_real = |at: usize| {
        message.field.iter().any(|field| {
            field
                .oneof_index
                .and_then(|index| usize::try_from(index).ok())
                == Some(at)
                && !field.proto3_optional()
        })
    };
    let mut next = 0..;
    (0..message.oneof_decl.len())
        .map(|at| if is_real(at) { next.next() } else { None })
        .collect()
}

fn is_proto3(file: &FileDescriptorProto) -> bool {
    file.syntax() == "proto3"
}

fn join(scope: &str, name: &str) -> String {
    if scope.is_empty() {
        name.to_owned()
    } else {
        format!("{scope}.{name}")
    }
}

fn twice(name: &str) -> Error {
    Error::rejected(format!(
        "expected each name and number once, found `{name}` twice"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_the_innermost_scope() {
        let builder = Builder {
            message_names: HashMap::from([("a.B".to_owned(), 0), ("a.b.C.B".to_owned(), 1)]),
            ..Builder::default()
        };
        assert_eq!(builder.resolve("a.b.C", "B"), Some(Kind::Message(1)));
        assert_eq!(builder.resolve("a.b", "B"), Some(Kind::Message(0)));
        assert_eq!(builder.resolve("a.b.C", "a.B"), Some(Kind::Message(0)));
        assert_eq!(builder.resolve("a.b.C", ".B"), None);
    }
}
