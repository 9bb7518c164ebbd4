//! What the compiler knows about the API: sizes, object safety, threads.

use std::fmt::Debug;

use connect_api::{
    ConfigProblem, ConfigProvider, Converter, Error, HeaderConverter, Headers, Host, Plugin,
    Predicate, Record, Schema, SchemaAndValue, SinkBatch, SinkConnector, SinkContext, SinkRecord,
    SinkTask, SourceBatch, SourceConnector, SourceContext, SourceOffset, SourcePartition,
    SourceRecord, SourceTask, Str, Struct, TaskConfig, TaskContext, Transform, Value,
};

#[test]
fn values_and_records_are_small() {
    let sizes = [
        ("Value", size_of::<Value>(), 40),
        ("Str", size_of::<Str>(), 32),
        ("Struct", size_of::<Struct>(), 16),
        ("Schema", size_of::<Schema>(), 8),
        ("Headers", size_of::<Headers>(), 8),
        ("SourcePartition", size_of::<SourcePartition>(), 8),
        ("SourceOffset", size_of::<SourceOffset>(), 40),
        ("SchemaAndValue", size_of::<SchemaAndValue>(), 48),
        ("Error", size_of::<Error>(), 8),
        ("Result<()>", size_of::<connect_api::Result<()>>(), 8),
        ("Option<Schema>", size_of::<Option<Schema>>(), 8),
    ];
    for (name, found, most) in sizes {
        assert!(
            found <= most,
            "{name}: expected at most {most} bytes, found {found}"
        );
    }
}

#[test]
fn every_plugin_trait_makes_objects() {
    fn shared<T: Send + Sync + ?Sized>() {}
    fn owned<T: Send + ?Sized>() {}
    shared::<dyn SourceConnector>();
    shared::<dyn SinkConnector>();
    shared::<dyn Converter>();
    shared::<dyn HeaderConverter>();
    shared::<dyn ConfigProvider>();
    shared::<dyn Host>();
    owned::<dyn SourceTask>();
    owned::<dyn SinkTask>();
    owned::<dyn Transform>();
    owned::<dyn Predicate>();
}

#[test]
fn everything_that_travels_may_change_threads() {
    fn travels<T: Send + Sync + Debug + 'static>() {}
    travels::<Value>();
    travels::<Record>();
    travels::<SchemaAndValue>();
    travels::<SourceRecord>();
    travels::<SourceBatch>();
    travels::<SinkRecord>();
    travels::<SinkBatch>();
    travels::<TaskConfig>();
    travels::<TaskContext>();
    travels::<SourceContext>();
    travels::<SinkContext>();
    travels::<Plugin>();
    travels::<Error>();
    travels::<ConfigProblem>();
}
