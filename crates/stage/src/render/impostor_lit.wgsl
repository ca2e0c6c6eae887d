@fragment fn fs_impostor(v: IOut) -> FOut {
  let p = textureSample(pictures, edge, v.uv); let q = textureSample(normals, edge, v.uv);
  if (p.a < 0.40 || (F.key.w > 0.5 && v.wp.y < F.water.x) || (v.misc.z < 1.0 && dissolve(v.clip.xy, v.misc.z))) { discard; }
  let o = q.xyz/p.a*2.0 - 1.0; let s = sin(v.tint.w); let c = cos(v.tint.w);
  let n = normalize(vec3(c*o.x + s*o.z, o.y, c*o.z - s*o.x)); let colour = p.rgb/p.a;
  let open = q.w/p.a;
  // A card has no depth of its own: what faces away from the light lies in the crown's own shadow.
  let own = smoothstep(-0.55, 0.45, dot(n, F.key.xyz));
  let wp = v.wp + F.key.xyz*(1.6*v.misc.y + 1.0);
  // Leaves are what is greener than red; snow lies on what faces up.
  var albedo = colour*colour*v.tint.rgb; albedo *= mix(vec3(1.0), F.turn.rgb, smoothstep(0.85, 1.15, albedo.g/max(albedo.r, 0.002)));
  albedo = mix(albedo, vec3(0.80, 0.83, 0.88), F.turn.w*smoothstep(0.15, 0.75, n.y));
  return shade(wp, n, n, albedo, open*(0.62 + 0.38*own), 0.35, 0.0);
}
