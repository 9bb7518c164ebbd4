//! Schemas to text, as Java's `Schema.toString()` prints them.

use std::{collections::HashSet, fmt};

use serde_json::Value as Json;

use super::{
    AvroSchema, Enum, Field, Fixed, FullName, Kind, Named, NodeId, Props, Record,
    json::{write, write_string},
};

impl fmt::Display for AvroSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut printer = Printer {
            schema: self,
            known: HashSet::new(),
            out: String::new(),
        };
        printer.node(self.root(), None);
        f.write_str(&printer.out)
    }
}

struct Printer<'a> {
    schema: &'a AvroSchema,
    /// The named types that are printed already: from there on they are named only.
    known: HashSet<&'a FullName>,
    out: String,
}

impl<'a> Printer<'a> {
    fn node(&mut self, id: NodeId, namespace: Option<&str>) {
        let node = &self.schema[id];
        if let Some(named) = node.kind.named()
            && !self.known.insert(&named.name)
        {
            return write_string(&named.name.within(namespace), &mut self.out);
        }
        match &node.kind {
            Kind::Union(branches) => {
                self.out.push('[');
                for (i, branch) in branches.iter().enumerate() {
                    if i > 0 {
                        self.out.push(',');
                    }
                    self.node(*branch, namespace);
                }
                self.out.push(']');
            }
            Kind::Array(elements) => {
                self.container(["array", "items"], *elements, namespace, &node.props)
            }
            Kind::Map(values) => self.container(["map", "values"], *values, namespace, &node.props),
            Kind::Record(record) => self.record(record, namespace, &node.props),
            Kind::Enum(of) => self.enumeration(of, namespace, &node.props),
            Kind::Fixed(fixed) => self.fixed(fixed, namespace, &node.props),
            primitive if node.props.is_empty() => write_string(primitive.name(), &mut self.out),
            primitive => {
                self.open(primitive.name());
                self.props(&node.props);
                self.out.push('}');
            }
        }
    }

    fn container(
        &mut self,
        [kind, member]: [&str; 2],
        of: NodeId,
        namespace: Option<&str>,
        props: &Props,
    ) {
        self.open(kind);
        self.member(member);
        self.node(of, namespace);
        self.props(props);
        self.out.push('}');
    }

    fn record(&mut self, record: &'a Record, namespace: Option<&str>, props: &Props) {
        self.open("record");
        self.named(&record.named, namespace);
        self.doc(record.named.doc.as_deref());
        self.member("fields");
        self.out.push('[');
        for (i, field) in record.fields.iter().enumerate() {
            if i > 0 {
                self.out.push(',');
            }
            self.field(field, record.named.name.namespace.as_deref());
        }
        self.out.push(']');
        self.props(props);
        self.aliases(&record.named);
        self.out.push('}');
    }

    fn field(&mut self, field: &'a Field, namespace: Option<&str>) {
        self.out.push_str("{\"name\":");
        write_string(&field.name, &mut self.out);
        self.member("type");
        self.node(field.schema, namespace);
        self.doc(field.doc.as_deref());
        if let Some(default) = &field.default {
            self.member("default");
            write(default, &mut self.out);
        }
        if let Some(order) = field.order.as_deref()
            && order != "ascending"
        {
            self.text_member("order", order);
        }
        if !field.aliases.is_empty() {
            let aliases = field.aliases.iter().cloned().map(Json::String);
            self.member("aliases");
            write(&Json::Array(aliases.collect()), &mut self.out);
        }
        self.props(&field.props);
        self.out.push('}');
    }

    fn enumeration(&mut self, of: &Enum, namespace: Option<&str>, props: &Props) {
        self.open("enum");
        self.named(&of.named, namespace);
        self.doc(of.named.doc.as_deref());
        let symbols = of.symbols.iter().cloned().map(Json::String);
        self.member("symbols");
        write(&Json::Array(symbols.collect()), &mut self.out);
        if let Some(default) = &of.default {
            self.text_member("default", default);
        }
        self.props(props);
        self.aliases(&of.named);
        self.out.push('}');
    }

    fn fixed(&mut self, fixed: &Fixed, namespace: Option<&str>, props: &Props) {
        self.open("fixed");
        self.named(&fixed.named, namespace);
        self.doc(fixed.named.doc.as_deref());
        self.member("size");
        self.out.push_str(&fixed.size.to_string());
        self.props(props);
        self.aliases(&fixed.named);
        self.out.push('}');
    }

    fn open(&mut self, kind: &str) {
        self.out.push_str("{\"type\":");
        write_string(kind, &mut self.out);
    }

    fn member(&mut self, name: &str) {
        self.out.push(',');
        write_string(name, &mut self.out);
        self.out.push(':');
    }

    fn text_member(&mut self, name: &str, text: &str) {
        self.member(name);
        write_string(text, &mut self.out);
    }

    fn named(&mut self, named: &Named, namespace: Option<&str>) {
        self.text_member("name", &named.name.name);
        match named.name.namespace.as_deref() {
            Some(own) if Some(own) != namespace => self.text_member("namespace", own),
            None if namespace.is_some() => self.text_member("namespace", ""),
            _ => {}
        }
    }

    fn doc(&mut self, doc: Option<&str>) {
        if let Some(doc) = doc {
            self.text_member("doc", doc);
        }
    }

    fn aliases(&mut self, named: &Named) {
        if named.aliases.is_empty() {
            return;
        }
        let namespace = named.name.namespace.as_deref();
        let aliases = named.aliases.iter();
        let aliases = aliases.map(|alias| Json::String(alias.within(namespace)));
        self.member("aliases");
        write(&Json::Array(aliases.collect()), &mut self.out);
    }

    fn props(&mut self, props: &Props) {
        for (name, value) in props {
            self.member(name);
            write(value, &mut self.out);
        }
    }
}
