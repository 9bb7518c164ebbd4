//! [`contextless`]: converters to which topic, headers and names say nothing.

/// Implements both kinds of converter by the methods `write` and `read` of a type.
macro_rules! contextless {
    ($converter:ty) => {
        impl connect_api::Converter for $converter {
            fn encode(
                &self,
                _topic: &str,
                _headers: &mut connect_api::Headers,
                data: &connect_api::SchemaAndValue,
            ) -> connect_api::Result<Option<connect_api::Bytes>> {
                self.write(data)
            }

            fn decode(
                &self,
                _topic: &str,
                _headers: &connect_api::Headers,
                bytes: Option<&connect_api::Bytes>,
            ) -> connect_api::Result<connect_api::SchemaAndValue> {
                self.read(bytes)
            }
        }

        impl connect_api::HeaderConverter for $converter {
            fn encode(
                &self,
                _topic: &str,
                _name: &str,
                data: &connect_api::SchemaAndValue,
            ) -> connect_api::Result<Option<connect_api::Bytes>> {
                self.write(data)
            }

            fn decode(
                &self,
                _topic: &str,
                _name: &str,
                bytes: Option<&connect_api::Bytes>,
            ) -> connect_api::Result<connect_api::SchemaAndValue> {
                self.read(bytes)
            }
        }
    };
}

pub(crate) use contextless;
