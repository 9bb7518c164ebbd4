//! [`FileDefinition`]: a `.proto` file of our own, printed as Confluent's registry client prints one.

use std::fmt::{self, Write as _};

/// A `.proto` file with one message.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct FileDefinition {
    pub(super) package: Option<String>,
    pub(super) imports: Vec<&'static str>,
    pub(super) message: MessageDefinition,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct MessageDefinition {
    pub(super) name: String,
    pub(super) fields: Vec<FieldDefinition>,
    pub(super) oneofs: Vec<OneofDefinition>,
    pub(super) messages: Vec<Self>,
    pub(super) enums: Vec<EnumDefinition>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct FieldDefinition {
    pub(super) label: Label,
    /// A scalar type, or the name of a message or an enum.
    pub(super) type_name: String,
    pub(super) name: String,
    pub(super) number: u32,
    /// The parameters of the option `confluent.field_meta`.
    pub(super) parameters: Vec<(&'static str, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Label {
    None,
    Optional,
    Repeated,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct OneofDefinition {
    pub(super) name: String,
    pub(super) fields: Vec<FieldDefinition>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct EnumDefinition {
    pub(super) name: String,
    pub(super) values: Vec<(String, i32)>,
}

impl fmt::Display for FileDefinition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("syntax = \"proto3\";\n")?;
        if let Some(package) = &self.package {
            writeln!(f, "package {package};")?;
        }
        if !self.imports.is_empty() {
            f.write_char('\n')?;
        }
        for import in &self.imports {
            writeln!(f, "import \"{import}\";")?;
        }
        write!(f, "\n{}", self.message)
    }
}

impl fmt::Display for MessageDefinition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sections = vec![lines(&self.fields), lines(&self.oneofs)];
        sections.push([lines(&self.messages), lines(&self.enums)].concat());
        sections.retain(|section| !section.is_empty());
        write!(f, "message {} {{", self.name)?;
        for section in sections {
            f.write_char('\n')?;
            write_indented(f, &section)?;
        }
        f.write_str("}\n")
    }
}

impl fmt::Display for OneofDefinition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "oneof {} {{", self.name)?;
        if !self.fields.is_empty() {
            f.write_char('\n')?;
            write_indented(f, &lines(&self.fields))?;
        }
        f.write_str("}\n")
    }
}

impl fmt::Display for EnumDefinition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "enum {} {{", self.name)?;
        for (name, number) in &self.values {
            writeln!(f, "  {name} = {number};")?;
        }
        f.write_str("}\n")
    }
}

impl fmt::Display for FieldDefinition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.label {
            Label::None => "",
            Label::Optional => "optional ",
            Label::Repeated => "repeated ",
        })?;
        write!(f, "{} {} = {}", self.type_name, self.name, self.number)?;
        if !self.parameters.is_empty() {
            f.write_str(" [(confluent.field_meta) = {\n  params: [\n")?;
        }
        for (i, (name, value)) in self.parameters.iter().enumerate() {
            let comma = if i + 1 < self.parameters.len() {
                ","
            } else {
                ""
            };
            // Confluent's client puts the value first for what it knew first.
            let (first, second) = match *name {
                "precision" | "scale" => (("value", value.as_str()), ("key", *name)),
                _ => (("key", *name), ("value", value.as_str())),
            };
            writeln!(f, "    {{\n      {}: \"{}\",", first.0, escaped(first.1))?;
            writeln!(
                f,
                "      {}: \"{}\"\n    }}{comma}",
                second.0,
                escaped(second.1)
            )?;
        }
        if !self.parameters.is_empty() {
            f.write_str("  ]\n}]")?;
        }
        f.write_str(";\n")
    }
}

fn lines(items: &[impl fmt::Display]) -> String {
    items.iter().map(ToString::to_string).collect()
}

fn write_indented(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    text.lines().try_for_each(|line| writeln!(f, "  {line}"))
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            '\\' | '\'' | '"' => escaped.extend(['\\', letter]),
            other => escaped.push(other),
        }
    }
    escaped
}
