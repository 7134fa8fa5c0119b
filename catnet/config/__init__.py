"""The configuration: its keys, and YAML -> Config with the line and column of all that is wrong."""

from catnet.config.dump import as_dict, as_written, dump_config
from catnet.config.load import given_values, lines_of_keys, load_config
from catnet.config.schema import EARLIER, Config, DataConfig, ModelConfig, json_schema
from catnet.config.train_section import AugmentConfig, EarlyStopping, ScheduleConfig, TrainConfig
from catnet.config.tune_section import TuneConfig

__all__ = [
    "EARLIER",
    "AugmentConfig",
    "Config",
    "DataConfig",
    "EarlyStopping",
    "ModelConfig",
    "ScheduleConfig",
    "TrainConfig",
    "TuneConfig",
    "as_dict",
    "as_written",
    "dump_config",
    "given_values",
    "json_schema",
    "lines_of_keys",
    "load_config",
]
