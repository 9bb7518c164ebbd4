//! `connect schema`: what stands in a schema registry.

mod document;
mod options;

use std::process::ExitCode;

use connect_api::Error;
use connect_converters::registry::{Client, Deleted, Refusal, Registered, Version};
use serde_json::json;
use uuid::Uuid;

use self::{document::document, options::registry};
use crate::{
    arguments::{NewSchema, Schema, SchemaCommand},
    failure::Result,
    output,
};

/// Does what one of the subcommands says.
pub(crate) async fn run(options: &Schema) -> Result<ExitCode> {
    let client = Client::new(&registry(&options.registry).await?)?;
    match &options.command {
        SchemaCommand::Show { schema, version } => match schema {
            Some(schema) => show(&client, schema, *version).await,
            None => list(&client).await,
        },
        SchemaCommand::Check { schema, version } => check(&client, schema, *version).await,
        SchemaCommand::Register(schema) => register(&client, schema).await,
    }
}

async fn list(client: &Client) -> Result<ExitCode> {
    for subject in client.subjects(Deleted::Hidden).await? {
        output::print(&format!("{subject}\n"))?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn show(client: &Client, schema: &str, version: Version) -> Result<ExitCode> {
    let found = match (schema.parse(), Uuid::parse_str(schema)) {
        (Ok(id), _) => client.by_id(id, None).await?,
        (_, Ok(guid)) => client.by_guid(guid).await?,
        _ => client.by_version(schema, version, Deleted::Hidden).await?,
    };
    print(&found)
}

async fn check(client: &Client, schema: &NewSchema, version: Version) -> Result<ExitCode> {
    let text = document(schema).await?;
    let answer = match client.check(&schema.subject, version, &text).await {
        Ok(answer) => answer,
        // Some registries have no answer for a subject that is not there, and take everything as its first version.
        Err(error) if version == Version::Latest && is_of_no_subject(&error) => {
            output::print("compatible\n")?;
            return Ok(ExitCode::SUCCESS);
        }
        Err(error) => return Err(error.into()),
    };
    if answer.is_compatible {
        output::print("compatible\n")?;
        return Ok(ExitCode::SUCCESS);
    }
    output::print("not compatible\n")?;
    for message in &answer.messages {
        output::print(&format!("  {message}\n"))?;
    }
    Ok(ExitCode::FAILURE)
}

fn is_of_no_subject(error: &Error) -> bool {
    const SUBJECT_NOT_FOUND: i32 = 40401;
    Refusal::behind(error).is_some_and(|refusal| refusal.code() == Some(SUBJECT_NOT_FOUND))
}

async fn register(client: &Client, schema: &NewSchema) -> Result<ExitCode> {
    let text = document(schema).await?;
    print(&client.register(&schema.subject, &text).await?)
}

/// Prints a schema as the registry's own API does, an object on a line.
fn print(schema: &Registered) -> Result<ExitCode> {
    let references = schema.schema.references.iter();
    let references: Vec<_> = references
        .map(|to| json!({"name": to.name, "subject": to.subject, "version": to.version}))
        .collect();
    let line = json!({
        "subject": schema.subject,
        "version": schema.version,
        "id": schema.id,
        "guid": schema.guid,
        "schemaType": schema.schema.schema_type.name(),
        "references": references,
        "schema": &*schema.schema.text,
    });
    output::print(&format!("{line}\n"))?;
    Ok(ExitCode::SUCCESS)
}
