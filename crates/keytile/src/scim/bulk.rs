//! Many requests in one (RFC 7644 section 3.7). Each operation is a change of its own, by the same use-cases as the
//! request that it stands for: whoever leaves in one is out when that one is done.

use std::collections::BTreeMap;

use scim::{
    BulkMethod, BulkOperation, BulkOutcome, BulkRequest, Preconditions, Projection, ScimType,
    bulk_response,
};
use serde_json::Value;

use super::{Client, Failure, Result, groups, users};
use crate::app::App;

/// Most operations of a request.
pub const MOST: u64 = 1_000;

/// Carries out a bulk request, as far as it allows failures. The answer is in the order of the operations.
pub async fn carry_out(app: &App, client: &Client, body: &Value) -> Result<Value> {
    let request = BulkRequest::parse(body, MOST)?;
    let mut bulk = Bulk {
        app,
        client,
        ids: BTreeMap::new(),
        done: request.operations.iter().map(|_| None).collect(),
        failures: 0,
        most_failures: request.fail_on_errors.unwrap_or(u64::MAX),
    };
    bulk.run(&request.operations).await;
    let done = request.operations.into_iter().zip(bulk.done);
    let done: Vec<_> =
        done.filter_map(|(operation, outcome)| outcome.map(|o| (operation, o))).collect();
    Ok(bulk_response(&done))
}

struct Bulk<'a> {
    app: &'a App,
    client: &'a Client,
    /// What has been made, by the client's names.
    ids: BTreeMap<String, String>,
    done: Vec<Option<BulkOutcome>>,
    failures: u64,
    most_failures: u64,
}

impl Bulk<'_> {
    /// Each operation once what it refers to is there. Resources that refer to one another in a circle are made without
    /// it first, and completed once all of them are there.
    async fn run(&mut self, operations: &[BulkOperation]) {
        let mut halves = Vec::new();
        while self.failures < self.most_failures {
            let mut went_on = false;
            for (at, operation) in operations.iter().enumerate() {
                let is_due = self.done[at].is_none() && self.is_ready(operation);
                if !is_due || self.failures >= self.most_failures {
                    continue;
                }
                self.step(at, &operation.resolved(&self.ids)).await;
                went_on = true;
            }
            if went_on {
                continue;
            }
            let Some(at) = self.in_a_circle(operations) else { break };
            let operation = operations[at].resolved(&self.ids);
            self.step(at, &operation.without(&operation.references())).await;
            halves.push(at);
        }
        for (at, operation) in operations.iter().enumerate() {
            if self.done[at].is_some() || self.failures >= self.most_failures {
                continue;
            }
            self.note(at, operation, Err(self.unresolved(operation)));
        }
        for at in halves {
            self.complete(at, &operations[at]).await;
        }
    }

    fn is_ready(&self, operation: &BulkOperation) -> bool {
        operation.references().iter().all(|name| self.ids.contains_key(name))
    }

    /// The first POST of those that are left whose references will all be made by others that are left.
    fn in_a_circle(&self, operations: &[BulkOperation]) -> Option<usize> {
        let is_coming = |name: &String| {
            self.ids.contains_key(name)
                || operations.iter().enumerate().any(|(at, other)| {
                    self.done[at].is_none()
                        && other.method == BulkMethod::Post
                        && other.bulk_id.as_ref() == Some(name)
                })
        };
        operations.iter().enumerate().position(|(at, operation)| {
            self.done[at].is_none()
                && operation.method == BulkMethod::Post
                && operation.references().iter().all(is_coming)
        })
    }

    /// 409: what it refers to has not been made.
    fn unresolved(&self, operation: &BulkOperation) -> scim::Error {
        let names = operation.references().into_iter();
        let names: Vec<_> = names.filter(|name| !self.ids.contains_key(name)).collect();
        let detail = format!(
            "no operation of this request made what it calls {}: send its id",
            names.join(", ")
        );
        scim::Error { status: 409, scim_type: None, detail }
    }

    async fn step(&mut self, at: usize, operation: &BulkOperation) {
        let outcome = self.outcome(operation).await;
        self.note(at, operation, outcome);
    }

    fn note(
        &mut self,
        at: usize,
        operation: &BulkOperation,
        outcome: std::result::Result<(u16, Option<Value>), scim::Error>,
    ) {
        let said = |name: &str| {
            let resource = outcome.as_ref().ok().and_then(|(_, resource)| resource.as_ref());
            resource.and_then(|resource| resource["meta"][name].as_str()).map(str::to_owned)
        };
        let known = (operation.method != BulkMethod::Post)
            .then(|| format!("{}{}", self.client.base, operation.path));
        let (location, version) = (said("location").or(known), said("version"));
        if let (Some(name), Ok((_, Some(resource)))) = (&operation.bulk_id, &outcome)
            && let Some(id) = resource["id"].as_str()
        {
            self.ids.insert(name.clone(), id.to_owned());
        }
        self.failures += u64::from(outcome.is_err());
        let status = outcome.map(|(status, _)| status);
        self.done[at] = Some(BulkOutcome { location, version, status });
    }

    /// Sends the second half of a resource that was made without what it refers to.
    async fn complete(&mut self, at: usize, operation: &BulkOperation) {
        let id = operation.bulk_id.as_ref().and_then(|name| self.ids.get(name));
        let Some(id) = id else { return };
        if !self.is_ready(operation) {
            // It was made, and is not what was asked for: the client must know.
            return self.note(at, operation, Err(self.unresolved(operation)));
        }
        let whole = BulkOperation {
            method: BulkMethod::Put,
            path: format!("{}/{id}", operation.path.trim_end_matches('/')),
            ..operation.resolved(&self.ids)
        };
        match self.outcome(&whole).await {
            Ok((_, resource)) => {
                let version = resource
                    .and_then(|resource| resource["meta"]["version"].as_str().map(str::to_owned));
                if let (Some(Some(done)), Some(version)) = (self.done.get_mut(at), version) {
                    done.version = Some(version);
                }
            }
            Err(refused) => self.note(at, operation, Err(refused)),
        }
    }

    /// The status and, where there is one, the resource.
    async fn outcome(
        &self,
        operation: &BulkOperation,
    ) -> std::result::Result<(u16, Option<Value>), scim::Error> {
        self.carry(operation).await.map_err(Failure::into_answer)
    }

    async fn carry(&self, operation: &BulkOperation) -> Result<(u16, Option<Value>)> {
        let Self { app, client, .. } = *self;
        let only_if = Preconditions::parse(operation.version.as_deref(), None);
        let (data, all) = (&operation.data, Projection::Default);
        let path = operation.path.trim_matches('/');
        let (kind, id) = path.split_once('/').map_or((path, None), |(kind, id)| (kind, Some(id)));
        match (kind, operation.method, id) {
            ("Users", BulkMethod::Post, None) => {
                Ok((201, Some(users::create(app, client, data).await?)))
            }
            ("Users", BulkMethod::Put, Some(id)) => {
                Ok((200, Some(users::replace(app, client, id, &only_if, data).await?)))
            }
            ("Users", BulkMethod::Patch, Some(id)) => {
                Ok((200, Some(users::update(app, client, id, &only_if, data).await?)))
            }
            ("Users", BulkMethod::Delete, Some(id)) => {
                users::delete(app, client, id, &only_if).await?;
                Ok((204, None))
            }
            ("Groups", BulkMethod::Post, None) => {
                Ok((201, Some(groups::create(app, client, data, &all).await?)))
            }
            ("Groups", BulkMethod::Put, Some(id)) => {
                Ok((200, Some(groups::replace(app, client, id, &only_if, data, &all).await?)))
            }
            ("Groups", BulkMethod::Patch, Some(id)) => {
                let group = groups::update(app, client, id, &only_if, data, &all).await?;
                Ok((if group.is_some() { 200 } else { 204 }, group))
            }
            ("Groups", BulkMethod::Delete, Some(id)) => {
                groups::delete(app, client, id, &only_if).await?;
                Ok((204, None))
            }
            _ => {
                let detail = format!(
                    "{:?} is no path for this method: POST to /Users or /Groups, and change /Users/<id> or /Groups/<id>",
                    operation.path
                );
                Err(scim::Error::new(ScimType::InvalidPath, detail).into())
            }
        }
    }
}
