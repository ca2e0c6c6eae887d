// Far plants: a standing card with the baked picture of the side that faces the eye (or the light, for shadows).
@group(1) @binding(0) var pictures: texture_2d<f32>;
@group(1) @binding(1) var normals: texture_2d<f32>;
@group(1) @binding(2) var edge: sampler;
const SIDES = 6.0;
struct IIn { @location(5) place: vec4<f32>, @location(6) tint: vec4<f32>, @location(7) misc: vec4<f32>, @location(8) tile: vec4<f32> };
struct IOut {
  @builtin(position) clip: vec4<f32>, @location(0) wp: vec3<f32>, @location(1) uv: vec2<f32>, @location(2) @interpolate(flat) tint: vec4<f32>,
  @location(3) @interpolate(flat) misc: vec4<f32>,
};
// tile = (radius, lowest, height, row of the picture / rows)
@vertex fn vs_impostor(v: IIn, @builtin(vertex_index) i: u32) -> IOut {
  let corner = vec2(f32(i & 1u), f32(i >> 1u)); let rows = v.misc.w;
  let to = F.eye.xyz - v.place.xyz; let flat_to = normalize(vec3(to.x, 0.0, to.z)); let right = vec3(flat_to.z, 0.0, -flat_to.x);
  let s = v.place.w;
  var wp = v.place.xyz + right*((corner.x*2.0 - 1.0)*v.tile.x*s) + vec3(0.0, (v.tile.y + corner.y*v.tile.z)*s, 0.0);
  let sway = corner.y*corner.y*F.up.w*0.10*sin(F.eye.w*1.1 + v.misc.x*6.283); wp += right*sway;
  let tau = 6.2831853; let side = round((v.tint.w - atan2(flat_to.x, flat_to.z))/tau*SIDES); let k = side - SIDES*floor(side/SIDES);
  var o: IOut; o.wp = wp; o.clip = F.view*vec4(wp, 1.0); o.tint = v.tint; o.misc = v.misc;
  o.uv = vec2((k + corner.x*0.98 + 0.01)/SIDES, v.tile.w + (0.99 - corner.y*0.98)*rows); return o;
}
@fragment fn fs_impostor_shadow(v: IOut) { if (textureSampleLevel(pictures, edge, v.uv, 1.0).a < 0.35) { discard; } }
