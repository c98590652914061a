"""The endpoints."""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic.json_schema import models_json_schema

from taskgraft.serve._answers import described, json_response
from taskgraft.serve._body import body_of
from taskgraft.serve._gate import IS_KNOWN
from taskgraft.serve._schemas import Answer, ErrorAnswer, HealthAnswer, Options, PredictJson, TaxonomyAnswer
from taskgraft.serve._service import Service

_described = APIRouter()

_REFUSALS = {
    400: "The body or the query is none that can be taken apart.",
    401: "The token is missing or another one.",
    408: "The body did not come in time.",
    413: "The body is too large, or holds too many pictures.",
    415: "The body is of another type.",
    421: "The server may not be called by this name.",
    422: "A value is out of range, or no picture can be read.",
    431: "The headers are too large, or too many.",
    500: "A fault of the server.",
    503: "Too much is waiting, or the server stops. Try again, as `Retry-After` says.",
    504: "The answer was not ready in time.",
}


def _refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: {"model": ErrorAnswer, "description": _REFUSALS[status]} for status in statuses}


def _parameters() -> list[dict[str, Any]]:
    schemas = Options.model_json_schema()["properties"]
    return [
        {
            "name": name,
            "in": "query",
            "description": schema.pop("description"),
            "schema": {key: value for key, value in schema.items() if key != "title"},
        }
        for name, schema in schemas.items()
    ]


def _request_body() -> dict[str, Any]:
    fields = Options.model_json_schema()["properties"]
    files = {"type": "array", "items": {"type": "string", "contentMediaType": "image/*"}}
    form = {"type": "object", "properties": {**fields, "pictures": files}, "required": ["pictures"]}
    return {
        "required": True,
        "content": {
            "image/*": {"schema": {"type": "string", "contentMediaType": "image/*"}},
            "multipart/form-data": {"schema": form},
            "application/json": {"schema": {"$ref": "#/components/schemas/PredictJson"}},
        },
    }


@_described.post(
    "/predict",
    summary="Say what pictures show",
    description="Pictures come as the body, as files of a form or as base64 in JSON. Options stand in the "
    "query, in fields of the form or in the JSON. No address is ever fetched.",
    responses={200: {"model": Answer}, **_refusals(*_REFUSALS)},
    openapi_extra={"parameters": _parameters(), "requestBody": _request_body()},
)
async def predict(request: Request) -> Response:
    """Answers pictures."""
    service: Service = request.app.state.service
    service.backlog.check()
    async with body_of(request, service.limits, service.backlog) as body:
        kind, query = request.headers.get("content-type", ""), request.scope["query_string"]
        return json_response(await service.answer(kind, query.decode("latin-1"), body))


@_described.get(
    "/taxonomy",
    summary="The models and their classes",
    description="With the target accuracies that validation images can promise, and their thresholds.",
    responses={200: {"model": TaxonomyAnswer}, **_refusals(401, 421, 431)},
)
async def taxonomy(request: Request) -> Response:
    """Describes the models."""
    service: Service = request.app.state.service
    return json_response({"models": [described(each) for each in service.served.values()]})


@_described.get(
    "/health",
    summary="How the server is",
    description="Needs no token, and then says the status alone. Status 503 while the server stops.",
    responses={200: {"model": HealthAnswer}, 503: {"model": HealthAnswer}},
)
async def health(request: Request) -> Response:
    """Says how the server is."""
    service: Service = request.app.state.service
    content: dict[str, Any] = {"status": "stopping" if service.is_stopping else "ok"}
    if request.scope[IS_KNOWN]:
        content["models"] = [
            {
                "name": each.name,
                "loaded": each.current.loaded,
                "taxonomy_digest": each.current.model.description.taxonomy.digest,
                "problem": each.problem,
            }
            for each in service.served.values()
        ]
    return json_response(content, HTTPStatus.SERVICE_UNAVAILABLE if service.is_stopping else HTTPStatus.OK)


@_described.get(
    "/metrics",
    summary="Figures for Prometheus",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}, **_refusals(401, 421, 431)},
)
async def metrics(request: Request) -> Response:
    """Gives the figures."""
    service: Service = request.app.state.service
    return Response(service.metrics.text(), media_type=CONTENT_TYPE_LATEST)


@_described.get("/openapi.json", include_in_schema=False)
async def openapi(request: Request) -> Response:
    """Describes the endpoints."""
    return json_response(_schema())


@cache
def _schema() -> dict[str, Any]:
    schema = get_openapi(
        title="taskgraft",
        version=version("taskgraft"),
        description="What pictures show, at every level of a tree, and how far down that is sure.",
        routes=_described.routes,
    )
    # The record of a request in JSON is one that FastAPI does not see.
    reference = "#/components/schemas/{model}"
    definitions = models_json_schema([(PredictJson, "validation")], ref_template=reference)[1]["$defs"]
    schema["components"]["schemas"].update(definitions)
    return schema


# FastAPI describes them; what it does for each request besides is not needed, and takes its time.
ENDPOINTS = [route for route in _described.routes if isinstance(route, APIRoute)]
