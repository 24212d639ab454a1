"""Expressions and templates of flow files: checked, compiled once, safe on hostile text and hostile payloads.

`compile_expression` for conditions and values (`payload.value > 8`), `compile_template` for filled texts
(`{device}/{sensor}`), and the field types `Expr` and `TemplateText` for node configurations. No I/O, no clock, no
nodes.
"""

from flowengine.expression.captures import declaring
from flowengine.expression.compiled import Expression, compile_expression
from flowengine.expression.errors import ExpressionError, TemplateError
from flowengine.expression.fields import (
    Expr,
    ExpressionText,
    PathTemplate,
    SubjectTemplate,
    TemplateSource,
    TemplateText,
    TopicTemplate,
)
from flowengine.expression.rewrite import MESSAGE_NAMES
from flowengine.expression.template import Template, compile_template

__all__ = [
    "MESSAGE_NAMES",
    "Expr",
    "Expression",
    "ExpressionError",
    "ExpressionText",
    "PathTemplate",
    "SubjectTemplate",
    "Template",
    "TemplateError",
    "TemplateSource",
    "TemplateText",
    "TopicTemplate",
    "compile_expression",
    "compile_template",
    "declaring",
]
