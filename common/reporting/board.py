"""What TensorBoard shows of many runs: the first part's learning curves, and HPARAMS that can be read.

Left alone, TensorBoard draws no run where there are more than 500, and its page HPARAMS begins with the
hyper-parameters and the metrics that come first in the alphabet and does not answer with thousands of them.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping

#: TensorBoard selects none of more runs than these (MAX_NUM_RUNS_TO_ENABLE_BY_DEFAULT in its source).
MANY_RUNS = 500
#: Metrics on the page HPARAMS; ours: with 2,000 the page answers after minutes.
MANY_METRICS = 100
#: What a run is, beside its configuration.
IDENTITY = ("backend", "preset", "seed", "variant")
CURVES = ("train", "validation")


class View:
    """TensorBoard's data provider without the runs that are too many, and with an HParams experiment.

    data: a ``tensorboard.data.provider.DataProvider``. first: ids whose columns HPARAMS begins with.
    """

    def __init__(self, data, first: Iterable[str] = ()) -> None:
        self._data = data
        self._first = list(first)

    def __getattr__(self, name: str):
        return getattr(self._data, name)

    def list_runs(self, *context, **query) -> list:
        """The runs that are shown."""
        found = self._data.list_runs(*context, **query)
        shown = shown_runs(run.run_name for run in found)
        return [run for run in found if run.run_name in shown]

    def list_scalars(self, *context, **query) -> dict:
        """The scalars of runs that are shown."""
        return self._shown(self._data.list_scalars, context, query)

    def list_blob_sequences(self, *context, **query) -> dict:
        """The images of runs that are shown."""
        return self._shown(self._data.list_blob_sequences, context, query)

    def list_tensors(self, *context, **query) -> dict:
        """The texts, histograms and hyper-parameters of runs that are shown, and the experiment of these."""
        found = self._shown(self._data.list_tensors, context, query)
        if query["plugin_name"] != "hparams" or query.get("run_tag_filter") or not found:
            return found
        scalars = self.list_scalars(*context, **query | {"plugin_name": "scalars"})
        return {**found, "": _experiment(found, scalars, self._first)}

    def _shown(self, ask, context: tuple, query: dict) -> dict:
        """What the provider lists, by run, of the runs that are shown."""
        every = self._data.list_runs(*context, experiment_id=query["experiment_id"])
        shown = shown_runs(run.run_name for run in every)
        return {run: tags for run, tags in ask(*context, **query).items() if run in shown}


def shown_runs(names: Iterable[str]) -> set[str]:
    """The runs that are shown: all, or where they are too many, the curves of each run's first part alone."""
    names = sorted(names)
    if len(names) <= MANY_RUNS:
        return set(names)
    shown, seen = set(), set()
    for name in names:
        parts = name.split("/")
        split = next((place for place, part in enumerate(parts) if part in CURVES), None)
        curve = None if split is None else tuple(parts[: split + 1])
        if curve is None or curve not in seen:
            shown.add(name)
        seen.add(curve)
    return shown


def metric_order(metrics: Iterable[tuple[str, str]], first: Iterable[str]) -> list[tuple[str, str]]:
    """Metrics as (id, group), those of ``first`` in its order, then by id; no more than a page can hold.

    Group ``published`` comes behind the group of the run itself; learning curves are no metrics.
    """
    place = {id: number for number, id in enumerate(first)}
    kept = [(id, group) for id, group in set(metrics) if group in ("", "published")]
    kept.sort(key=lambda metric: (place.get(metric[0], len(place)), *metric))
    return kept[:MANY_METRICS]


def hparam_info(name: str, values: list, differs: bool):
    """The column of a hyper-parameter: its type and the values to choose from; differing ones come first."""
    from tensorboard.plugins.hparams import api_pb2

    info = api_pb2.HParamInfo(name=name, differs=differs, type=api_pb2.DATA_TYPE_STRING)
    kinds = {value.WhichOneof("kind") for value in values}
    if kinds == {"number_value"}:
        info.type = api_pb2.DATA_TYPE_FLOAT64
        numbers = [value.number_value for value in values]
        info.domain_interval.min_value, info.domain_interval.max_value = min(numbers), max(numbers)
    elif kinds == {"bool_value"}:
        info.type = api_pb2.DATA_TYPE_BOOL
        info.domain_discrete.extend(sorted({value.bool_value for value in values}))
    else:
        info.domain_discrete.extend(sorted({_text(value) for value in values}))
    return info


def _text(value) -> str:
    """A protobuf value as TensorBoard writes it where values of a hyper-parameter differ in type."""
    found = getattr(value, value.WhichOneof("kind"))
    return found if isinstance(found, str) else json.dumps(found)


def _experiment(hparams: Mapping[str, dict], scalars: Mapping[str, dict], first: Iterable[str]) -> dict:
    """The tags of a run that says what HPARAMS shows."""
    from tensorboard.data import provider
    from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2

    start = metadata.SESSION_START_INFO_TAG
    sessions = {
        run: metadata.parse_session_start_info_plugin_data(tags[start].plugin_content)
        for run, tags in hparams.items()
        if start in tags
    }
    metrics = [
        (id, group.strip("/"))
        for run, tags in scalars.items()
        for session, group in [_session(run, sessions)]
        if session is not None
        for id in tags
    ]
    experiment = api_pb2.Experiment(hparam_infos=_columns(sessions))
    for id, group in metric_order(metrics, first):
        experiment.metric_infos.add(name=api_pb2.MetricName(tag=id, group=group))
    content = metadata.create_summary_metadata(plugin_data_pb2.HParamsPluginData(experiment=experiment))
    series = provider.TensorTimeSeries(
        max_step=0,
        max_wall_time=0.0,
        plugin_content=content.plugin_data.content,
        description="",
        display_name="",
    )
    return {metadata.EXPERIMENT_TAG: series}


def _session(run: str, sessions: Mapping) -> tuple[str | None, str]:
    """The run with a configuration that a run is or lies below, and its place there."""
    above = run
    while above not in sessions:
        if not above:
            return None, ""
        above = above.rpartition("/")[0]
    return above, run[len(above) :]


def _columns(sessions: Mapping) -> list:
    """A column a hyper-parameter: what a run is, what varies within a preset and variant, then the rest."""
    values, alike = defaultdict(list), defaultdict(lambda: defaultdict(set))
    for session in sessions.values():
        system = session.group_name.rpartition("/")[0]
        told = [key for key in ("preset", "variant") if key in session.hparams]
        same = (system, *(_text(session.hparams[key]) for key in told))
        for name, value in session.hparams.items():
            values[name].append(value)
            alike[name][same].add(_text(value))
    varied = {name for name, groups in alike.items() if any(len(found) > 1 for found in groups.values())}
    return [hparam_info(name, values[name], name in varied or name in IDENTITY) for name in sorted(values)]
