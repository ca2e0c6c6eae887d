//! One JSON Schema of all that goes through the API: the page's types are made from it.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};
use studio::session::model as said;

use crate::api;

/// The JSON Schema (2020-12) of the API: each of its types is a property of the whole, for generators that start from one.
pub fn schema() -> Value {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let mut properties = Map::new();
    macro_rules! all {
        ($($path:ty),+ $(,)?) => {
            $(
                let name = <$path as schemars::JsonSchema>::schema_name();
                properties.insert(name.into_owned(), generator.subschema_for::<$path>().to_value());
            )+
        };
    }
    all!(
        said::State,
        said::EventBatch,
        said::Projects,
        said::Changed,
        said::Reading,
        said::Rail,
        said::Options,
        said::ModelInfo,
        said::LicenceText,
        said::CacheInfo,
        said::View,
        said::Layout,
        studio::Settings,
        api::Problem,
        api::NewProject,
        api::Folder,
        api::Edit,
        api::AddShot,
        api::DivideShot,
        api::OneShot,
        api::Shots,
        api::MoveShots,
        api::AddScene,
        api::Script,
        api::PlayheadAt,
        api::Render,
        api::Jobs,
        api::Priority,
        api::Order,
        api::ChooseTake,
        api::StarTake,
        api::TakeKey,
        said::ExportOrder,
        said::Import,
        api::ExportJob,
        api::ExportPath,
        api::PullModel,
    );
    let definitions: Map<String, Value> = generator.take_definitions(true);
    let required: Vec<String> = properties.keys().cloned().collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Api",
        "description": "What goes through the studio's API. Written by the tests of crates/server; do not edit.",
        "type": "object",
        "properties": properties,
        "required": required,
        "$defs": definitions,
    })
}
