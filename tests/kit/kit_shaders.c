/* SPDX-License-Identifier: MIT */
/** @file Shaders that many tests share, as AIR text without its common head and tail (see kit_function()). */
#include "tests/kit/kit.h"

const char kit_vs_color[] =
    "%V = type { <4 x float>, <4 x float>, <2 x float>, <2 x float> }\n"
    "%Out = type <{ <4 x float>, <4 x float>, <2 x float> }>\n"
    "define %Out @vs_color(ptr addrspace(1) %vertices, i32 %id) {\n"
    "  %i = zext i32 %id to i64\n"
    "  %pp = getelementptr inbounds %V, ptr addrspace(1) %vertices, i64 %i, i32 0\n"
    "  %pc = getelementptr inbounds %V, ptr addrspace(1) %vertices, i64 %i, i32 1\n"
    "  %pu = getelementptr inbounds %V, ptr addrspace(1) %vertices, i64 %i, i32 2\n"
    "  %p = load <4 x float>, ptr addrspace(1) %pp, align 16\n"
    "  %c = load <4 x float>, ptr addrspace(1) %pc, align 16\n"
    "  %u = load <2 x float>, ptr addrspace(1) %pu, align 8\n"
    "  %o0 = insertvalue %Out undef, <4 x float> %p, 0\n"
    "  %o1 = insertvalue %Out %o0, <4 x float> %c, 1\n"
    "  %o2 = insertvalue %Out %o1, <2 x float> %u, 2\n"
    "  ret %Out %o2\n"
    "}\n"
    "!air.vertex = !{!0}\n"
    "!0 = !{ptr @vs_color, !1, !2}\n"
    "!1 = !{!3, !4, !5}\n"
    "!2 = !{!6, !7}\n"
    "!3 = !{!\"air.position\", !\"air.arg_type_name\", !\"float4\", !\"air.arg_name\", !\"position\"}\n"
    "!4 = !{!\"air.vertex_output\", !\"user(color)\", !\"air.arg_type_name\", !\"float4\", !\"air.arg_name\", !\"color\"}\n"
    "!5 = !{!\"air.vertex_output\", !\"user(uv)\", !\"air.arg_type_name\", !\"float2\", !\"air.arg_name\", !\"uv\"}\n"
    "!6 = !{i32 0, !\"air.buffer\", !\"air.location_index\", i32 0, i32 1, !\"air.read\", !\"air.address_space\", i32 1, "
    "!\"air.arg_type_size\", i32 48, !\"air.arg_type_align_size\", i32 16, !\"air.arg_type_name\", !\"V\", !\"air.arg_name\", "
    "!\"vertices\"}\n"
    "!7 = !{i32 1, !\"air.vertex_id\", !\"air.arg_type_name\", !\"uint\", !\"air.arg_name\", !\"id\"}\n";

#define FRAGMENT_INPUTS                                                                                                            \
    "!5 = !{i32 0, !\"air.fragment_input\", !\"user(color)\", !\"air.center\", !\"air.perspective\", !\"air.arg_type_name\", "     \
    "!\"float4\", !\"air.arg_name\", !\"color\"}\n"                                                                                \
    "!6 = !{i32 1, !\"air.fragment_input\", !\"user(uv)\", !\"air.center\", !\"air.perspective\", !\"air.arg_type_name\", "        \
    "!\"float2\", !\"air.arg_name\", !\"uv\"}\n"

const char kit_fs_color[] = "define <4 x float> @fs_color(<4 x float> %color, <2 x float> %uv) {\n"
                            "  ret <4 x float> %color\n"
                            "}\n"
                            "!air.fragment = !{!0}\n"
                            "!0 = !{ptr @fs_color, !1, !2}\n"
                            "!1 = !{!3}\n"
                            "!2 = !{!5, !6}\n"
                            "!3 = !{!\"air.render_target\", i32 0, i32 0, !\"air.arg_type_name\", !\"float4\"}\n" FRAGMENT_INPUTS;

const char kit_fs_texture[] =
    "declare { <4 x float>, i8 } @air.sample_texture_2d.v4f32(ptr addrspace(1), ptr addrspace(2), <2 x float>, i1, <2 x i32>, i1, "
    "float, float, i32)\n"
    "define <4 x float> @fs_texture(<4 x float> %color, <2 x float> %uv, ptr addrspace(1) %texture, ptr addrspace(2) %sampler) {\n"
    "  %s = call { <4 x float>, i8 } @air.sample_texture_2d.v4f32(ptr addrspace(1) %texture, ptr addrspace(2) %sampler, "
    "<2 x float> %uv, i1 true, <2 x i32> zeroinitializer, i1 false, float 0.0, float 0.0, i32 0)\n"
    "  %texel = extractvalue { <4 x float>, i8 } %s, 0\n"
    "  %out = fmul fast <4 x float> %texel, %color\n"
    "  ret <4 x float> %out\n"
    "}\n"
    "!air.fragment = !{!0}\n"
    "!0 = !{ptr @fs_texture, !1, !2}\n"
    "!1 = !{!3}\n"
    "!2 = !{!5, !6, !7, !8}\n"
    "!3 = !{!\"air.render_target\", i32 0, i32 0, !\"air.arg_type_name\", !\"float4\"}\n" FRAGMENT_INPUTS
    "!7 = !{i32 2, !\"air.texture\", !\"air.location_index\", i32 0, i32 1, !\"air.sample\", !\"air.arg_type_name\", "
    "!\"texture2d<float, sample>\", !\"air.arg_name\", !\"texture\"}\n"
    "!8 = !{i32 3, !\"air.sampler\", !\"air.location_index\", i32 0, i32 1, !\"air.arg_type_name\", !\"sampler\", "
    "!\"air.arg_name\", "
    "!\"sampler\"}\n";

const char kit_fs_uniform[] =
    "define <4 x float> @fs_uniform(ptr addrspace(2) %value) {\n"
    "  %v = load <4 x float>, ptr addrspace(2) %value, align 16\n"
    "  ret <4 x float> %v\n"
    "}\n"
    "!air.fragment = !{!0}\n"
    "!0 = !{ptr @fs_uniform, !1, !2}\n"
    "!1 = !{!3}\n"
    "!2 = !{!4}\n"
    "!3 = !{!\"air.render_target\", i32 0, i32 0, !\"air.arg_type_name\", !\"float4\"}\n"
    "!4 = !{i32 0, !\"air.buffer\", !\"air.buffer_size\", i32 16, !\"air.location_index\", i32 0, i32 1, !\"air.read\", "
    "!\"air.address_space\", i32 2, !\"air.arg_type_size\", i32 16, !\"air.arg_type_align_size\", i32 16, !\"air.arg_type_name\", "
    "!\"float4\", !\"air.arg_name\", !\"value\"}\n";

const char kit_cs_add[] =
    "define void @cs_add(ptr addrspace(1) %data, ptr addrspace(2) %add, i32 %id) {\n"
    "  %i = zext i32 %id to i64\n"
    "  %p = getelementptr inbounds i32, ptr addrspace(1) %data, i64 %i\n"
    "  %v = load i32, ptr addrspace(1) %p, align 4\n"
    "  %a = load i32, ptr addrspace(2) %add, align 4\n"
    "  %s = add i32 %v, %a\n"
    "  store i32 %s, ptr addrspace(1) %p, align 4\n"
    "  ret void\n"
    "}\n"
    "!air.kernel = !{!0}\n"
    "!0 = !{ptr @cs_add, !1, !2}\n"
    "!1 = !{}\n"
    "!2 = !{!3, !4, !5}\n"
    "!3 = !{i32 0, !\"air.buffer\", !\"air.location_index\", i32 0, i32 1, !\"air.read_write\", !\"air.address_space\", i32 1, "
    "!\"air.arg_type_size\", i32 4, !\"air.arg_type_align_size\", i32 4, !\"air.arg_type_name\", !\"uint\", !\"air.arg_name\", "
    "!\"data\"}\n"
    "!4 = !{i32 1, !\"air.buffer\", !\"air.buffer_size\", i32 4, !\"air.location_index\", i32 1, i32 1, !\"air.read\", "
    "!\"air.address_space\", i32 2, !\"air.arg_type_size\", i32 4, !\"air.arg_type_align_size\", i32 4, !\"air.arg_type_name\", "
    "!\"uint\", !\"air.arg_name\", !\"add\"}\n"
    "!5 = !{i32 2, !\"air.thread_position_in_grid\", !\"air.arg_type_name\", !\"uint\", !\"air.arg_name\", !\"id\"}\n";
