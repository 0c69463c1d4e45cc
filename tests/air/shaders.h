/* SPDX-License-Identifier: MIT */
/** @file AIR text for the tests of containers and entry points. */
#ifndef PVG_TESTS_AIR_SHADERS_H
#define PVG_TESTS_AIR_SHADERS_H

#define AIR_HEADER                                                                                                                 \
    "target datalayout = \"e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-f32:32:32-f64:64:64-v16:16:16-v24:32:32-"      \
    "v32:32:32-v48:64:64-v64:64:64-v96:128:128-v128:128:128-v192:256:256-v256:256:256-v512:512:512-v1024:1024:1024-n8:16:32\"\n"   \
    "target triple = \"air64-apple-macosx14.0.0\"\n"                                                                               \
    "!air.version = !{!900}\n!air.language_version = !{!901}\n!air.compile_options = !{!902, !903}\n"                              \
    "!900 = !{i32 2, i32 6, i32 0}\n!901 = !{!\"Metal\", i32 3, i32 1, i32 0}\n!902 = !{!\"air.compile.denorms_disable\"}\n"       \
    "!903 = !{!\"air.compile.fast_math_enable\"}\n"

/** Two attributes (one unused), a uniform buffer, a varying. */
static const char shader_vertex[] = AIR_HEADER
    "%out = type { <4 x float>, <2 x float> }\n"
    "define %out @vertex_main(<4 x float> %p, <2 x float> %uv, ptr addrspace(2) %u, i32 %id) {\n"
    "  %m = load <4 x float>, ptr addrspace(2) %u\n"
    "  %q = fadd <4 x float> %p, %m\n"
    "  %a = insertvalue %out undef, <4 x float> %q, 0\n"
    "  %b = insertvalue %out %a, <2 x float> zeroinitializer, 1\n"
    "  ret %out %b\n}\n"
    "!air.vertex = !{!0}\n!0 = !{ptr @vertex_main, !1, !2}\n!1 = !{!3, !4}\n"
    "!3 = !{!\"air.position\", !\"air.invariant\", !\"air.arg_type_name\", !\"float4\", !\"air.arg_name\", !\"position\"}\n"
    "!4 = !{!\"air.vertex_output\", !\"generated(2uvDv2_f)\", !\"air.arg_type_name\", !\"float2\", !\"air.arg_name\", !\"uv\"}\n"
    "!2 = !{!5, !6, !7, !8}\n"
    "!5 = !{i32 0, !\"air.vertex_input\", !\"air.location_index\", i32 0, i32 1, !\"air.arg_type_name\", !\"float4\", "
    "!\"air.arg_name\", !\"position\"}\n"
    "!6 = !{i32 1, !\"air.vertex_input\", !\"air.location_index\", i32 1, i32 1, !\"generated(2uvDv2_f)\", !\"air.arg_type_name\", "
    "!\"float2\", !\"air.arg_name\", !\"uv\", !\"air.arg_unused\"}\n"
    "!7 = !{i32 2, !\"air.buffer\", !\"air.buffer_size\", i32 16, !\"air.location_index\", i32 3, i32 1, !\"air.read\", "
    "!\"air.address_space\", i32 2, !\"air.struct_type_info\", !9, !\"air.arg_type_size\", i32 16, !\"air.arg_type_align_size\", "
    "i32 16, !\"air.arg_type_name\", !\"Uniforms\", !\"air.arg_name\", !\"u\"}\n"
    "!8 = !{i32 3, !\"air.vertex_id\", !\"air.arg_type_name\", !\"uint\", !\"air.arg_name\", !\"id\", !\"air.arg_unused\"}\n"
    "!9 = !{i32 0, i32 16, i32 0, !\"float4\", !\"offset\"}\n";

/** A varying, a texture array, a sampler, framebuffer fetch, constexpr samplers, two colours and a depth. */
static const char shader_fragment[] = AIR_HEADER
    "%out = type { <4 x float>, <4 x half>, float }\n"
    "@__air_sampler_state.10 = internal addrspace(2) constant i64 -9188470239253755319\n"
    "@__air_sampler_state.2 = internal addrspace(2) constant i64 -9188470239253757806\n"
    "@__air_sampler_state = internal addrspace(2) constant i64 -9188470239238010295\n"
    "define %out @fragment_main(<4 x float> %p, <2 x float> %uv, ptr addrspace(1) %t, ptr addrspace(2) %s, <4 x float> %dst) {\n"
    "  %a = insertvalue %out undef, <4 x float> %dst, 0\n"
    "  %b = insertvalue %out %a, <4 x half> zeroinitializer, 1\n"
    "  %c = insertvalue %out %b, float 0.5, 2\n"
    "  ret %out %c\n}\n"
    "!air.fragment = !{!0}\n!0 = !{ptr @fragment_main, !1, !2, !\"early_fragment_tests\"}\n!1 = !{!10, !11, !12}\n"
    "!air.sampler_states = !{!20, !21, !22}\n"
    "!20 = !{!\"air.sampler_state\", ptr addrspace(2) @__air_sampler_state.10}\n"
    "!21 = !{!\"air.sampler_state\", ptr addrspace(2) @__air_sampler_state}\n"
    "!22 = !{!\"air.sampler_state\", ptr addrspace(2) @__air_sampler_state.2}\n"
    "!10 = !{!\"air.render_target\", i32 0, i32 0, !\"air.arg_type_name\", !\"float4\", !\"air.arg_name\", !\"c0\"}\n"
    "!11 = !{!\"air.render_target\", i32 0, i32 1, !\"air.arg_type_name\", !\"half4\"}\n"
    "!12 = !{!\"air.depth\", !\"air.depth_qualifier\", !\"air.less\", !\"air.arg_type_name\", !\"float\"}\n"
    "!2 = !{!3, !4, !5, !6, !7}\n"
    "!3 = !{i32 0, !\"air.position\", !\"air.center\", !\"air.no_perspective\", !\"air.arg_type_name\", !\"float4\"}\n"
    "!4 = !{i32 1, !\"air.fragment_input\", !\"generated(2uvDv2_f)\", !\"air.centroid\", !\"air.no_perspective\", "
    "!\"air.arg_type_name\", !\"float2\", !\"air.arg_name\", !\"uv\"}\n"
    "!5 = !{i32 2, !\"air.texture\", !\"air.location_index\", i32 120, i32 8, !\"air.sample\", !\"air.arg_type_name\", "
    "!\"array<texture2d_array<uint, sample>, 8>\", !\"air.arg_name\", !\"t\"}\n"
    "!6 = !{i32 3, !\"air.sampler\", !\"air.location_index\", i32 15, i32 1, !\"air.arg_type_name\", !\"sampler\"}\n"
    "!7 = !{i32 4, !\"air.render_target\", i32 2, !\"air.raster_order_group\", i32 1, !\"air.arg_type_name\", !\"float4\"}\n";

/** Function constants through a static initialiser, a gated buffer, threadgroup memory, an argument buffer. */
static const char shader_kernel[] = AIR_HEADER
    "@scale.MTL_FC_INIT_3_f = internal addrspace(2) externally_initialized constant float undef, section \"air.fc_initializer\"\n"
    "@flag.MTL_FC_INIT_7_b = internal addrspace(2) externally_initialized constant i8 undef, section \"air.fc_initializer\"\n"
    "@scale = internal addrspace(2) global float 0.0\n@twice = internal addrspace(2) global float 0.0\n"
    "@__metal_implicit_fc_pred_0 = internal addrspace(2) global i8 0\n"
    "@llvm.global_ctors = appending global [1 x { i32, ptr, ptr }] [{ i32, ptr, ptr } { i32 65535, ptr @init, ptr null }]\n"
    "declare i8 @air.normalize_function_constant_predicate.i8(i8)\n"
    "declare i1 @air.is_function_constant_defined(ptr addrspace(2))\n"
    "define internal void @init() section \"air.static_init\" {\n"
    "  %1 = load float, ptr addrspace(2) @scale.MTL_FC_INIT_3_f\n"
    "  store float %1, ptr addrspace(2) @scale\n"
    "  %2 = fmul float %1, 2.0\n"
    "  store float %2, ptr addrspace(2) @twice\n"
    "  %3 = load i8, ptr addrspace(2) @flag.MTL_FC_INIT_7_b\n"
    "  %4 = call i8 @air.normalize_function_constant_predicate.i8(i8 %3)\n"
    "  store i8 %4, ptr addrspace(2) @__metal_implicit_fc_pred_0\n"
    "  ret void\n}\n"
    "define void @kernel_main(ptr addrspace(1) %out, ptr addrspace(1) %opt, ptr addrspace(3) %tg, ptr addrspace(2) %args, <3 x "
    "i32> %id) {\n"
    "  %x = load float, ptr addrspace(2) @twice\n"
    "  %d = call i1 @air.is_function_constant_defined(ptr addrspace(2) @scale.MTL_FC_INIT_3_f)\n"
    "  %s = select i1 %d, float %x, float -1.0\n"
    "  store float %s, ptr addrspace(1) %out\n  ret void\n}\n"
    "!air.kernel = !{!0}\n!air.function_constants = !{!20, !21}\n"
    "!20 = !{ptr addrspace(2) @scale.MTL_FC_INIT_3_f, !\"float\", !\"scale\", i32 3, i1 true}\n"
    "!21 = !{ptr addrspace(2) @flag.MTL_FC_INIT_7_b, !\"bool\", !\"flag\", i32 7, i1 true}\n"
    "!0 = !{ptr @kernel_main, !1, !2, !30}\n!1 = !{}\n!30 = !{!\"air.max_work_group_size\", i32 256}\n"
    "!2 = !{!3, !4, !5, !6, !7}\n"
    "!3 = !{i32 0, !\"air.buffer\", !\"air.location_index\", i32 0, i32 1, !\"air.read_write\", !\"air.address_space\", i32 1, "
    "!\"air.arg_type_name\", !\"float\"}\n"
    "!4 = !{i32 1, !\"air.function_constant\", !8, !\"air.buffer\", !\"air.location_index\", i32 1, i32 1, !\"air.read\", "
    "!\"air.arg_type_name\", !\"float\"}\n"
    "!5 = !{i32 2, !\"air.buffer\", !\"air.location_index\", i32 2, i32 1, !\"air.read_write\", !\"air.arg_type_name\", "
    "!\"float\"}\n"
    "!6 = !{i32 3, !\"air.indirect_buffer\", !\"air.buffer_size\", i32 24, !\"air.location_index\", i32 30, i32 1, !\"air.read\", "
    "!\"air.address_space\", i32 2, !\"air.struct_type_info\", !9, !\"air.arg_type_name\", !\"Args\"}\n"
    "!7 = !{i32 4, !\"air.thread_position_in_grid\", !\"air.arg_type_name\", !\"uint3\"}\n"
    "!8 = !{ptr addrspace(2) @__metal_implicit_fc_pred_0, !\"bool\", !\"flag\"}\n"
    "!9 = !{i32 0, i32 8, i32 0, !\"texture2d<float, sample>\", !\"in\", !\"air.indirect_argument\", !10, "
    "!\"air.struct_type_info\", !11, i32 8, i32 8, i32 2, !\"Pair\", !\"pairs\"}\n"
    "!10 = !{i32 0, !\"air.texture\", !\"air.location_index\", i32 5, i32 1, !\"air.sample\", !\"air.arg_type_name\", "
    "!\"texture2d<float, sample>\", !\"air.arg_name\", !\"in\"}\n"
    "!11 = !{i32 0, i32 4, i32 0, !\"int\", !\"a\", i32 4, i32 4, i32 0, !\"int\", !\"b\"}\n";

#endif
