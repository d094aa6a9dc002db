"""What `self` has by inheritance: names of `torch.nn.Module`, of Keras' `Model` and `Layer`."""

_MODULE = """
T_destination add_module apply bfloat16 buffers children compile cpu cuda double eval extra_repr
float forward get_buffer get_extra_state get_parameter get_submodule half load_state_dict modules
named_buffers named_children named_modules named_parameters parameters register_buffer
register_forward_hook register_forward_pre_hook register_full_backward_hook
register_full_backward_pre_hook register_module register_parameter requires_grad_ set_submodule
share_memory state_dict to to_empty train training type zero_grad
"""
_MODEL = """
activity_regularizer add_loss add_metric add_variable add_weight build built call compile
compiled_loss compiled_metrics compute_dtype compute_loss compute_mask compute_metrics
compute_output_shape compute_output_spec count_params dtype dtype_policy evaluate export fit
from_config get_config get_layer get_metrics_result get_weights input input_dtype input_spec
jit_compile layers load_weights loss losses metrics metrics_names metrics_variables name
non_trainable_variables non_trainable_weights optimizer output path predict predict_on_batch
predict_step reset_metrics run_eagerly save save_weights set_weights stateless_call
stateless_compute_loss summary supports_masking test_on_batch test_step train_on_batch train_step
trainable trainable_variables trainable_weights variable_dtype variables weights
"""
INHERITED = frozenset((_MODULE + _MODEL).split())
"""Attributes that nothing in a program has to define."""
