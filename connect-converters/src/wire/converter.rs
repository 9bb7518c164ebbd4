//! [`registered`]: the converter of one format, and its options.

/// Defines a converter of messages whose schemas stand in a registry, and its options.
macro_rules! registered {
    (
        $(#[$about:meta])*
        $converter:ident($format:ty, $build:expr);
        $(#[$options:meta])*
        $config:ident($data:ty);
    ) => {
        $(#[$about])*
        pub struct $converter($crate::wire::Wire<$format>);

        impl $converter {
            /// Builds a converter; the registry is not asked before the first record.
            ///
            /// # Errors
            ///
            /// [`ErrorKind::Config`](connect_api::ErrorKind::Config), with the key: an option that cannot be.
            pub fn new(config: $config) -> connect_api::Result<Self> {
                let build: fn($data) -> connect_api::Result<$format> = $build;
                let format = build(config.data)?;
                $crate::wire::Wire::new(format, &config.registry, &config.wire).map(Self)
            }
        }

        impl std::fmt::Debug for $converter {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($converter)).finish_non_exhaustive()
            }
        }

        #[async_trait::async_trait]
        impl connect_api::Converter for $converter {
            fn encode(
                &self,
                topic: &str,
                headers: &mut connect_api::Headers,
                data: &connect_api::SchemaAndValue,
            ) -> connect_api::Result<Option<connect_api::Bytes>> {
                self.0.encode(topic, headers, data)
            }

            fn decode(
                &self,
                topic: &str,
                headers: &connect_api::Headers,
                bytes: Option<&connect_api::Bytes>,
            ) -> connect_api::Result<connect_api::SchemaAndValue> {
                self.0.decode(topic, headers, bytes)
            }

            async fn prepare(&self, missing: connect_api::Missing<'_>) -> connect_api::Result<()> {
                self.0.prepare(missing).await
            }
        }

        $(#[$options])*
        #[derive(Clone, Debug, serde::Deserialize, schemars::JsonSchema)]
        #[non_exhaustive]
        pub struct $config {
            /// Where the registry is, and how it is asked.
            #[serde(flatten)]
            pub registry: $crate::registry::RegistryConfig,
            /// How messages say which schema they have, and how that is chosen.
            #[serde(flatten)]
            pub wire: $crate::WireConfig,
            /// How schemas and values are mapped.
            #[serde(flatten)]
            pub data: $data,
        }

        impl $config {
            /// Returns the defaults, with a registry.
            #[must_use]
            pub fn new(registry: $crate::registry::RegistryConfig) -> Self {
                Self {
                    registry,
                    wire: Default::default(),
                    data: Default::default(),
                }
            }
        }
    };
}

pub(crate) use registered;
